/* SPDX-License-Identifier: MIT */
/*
 * newlib's system calls by semihosting on Arm, and what start-up and console of the board use of picolibc. _sbrk() ends the
 * program: nobody but newlib's own malloc would ask for memory.
 */
#include "semihost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board.h"

enum { OPEN = 1, CLOSE = 2, WRITE0 = 4, WRITE = 5, READ = 6, SEEK = 10, LENGTH = 12, REMOVE = 14, COMMAND_LINE = 21, EXIT = 32 };
enum { FIRST_FILE = 3 }; /* descriptors 0 to 2 are the console; a file's is the emulator's number plus this */

#define APPLICATION_EXIT 0x20026

static intptr_t call(intptr_t operation, const void *arguments) {
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void sys_semihost_write0(const char *text) { call(WRITE0, text); }

int sys_semihost_get_cmdline(char *line, int size) {
    intptr_t block[] = {(intptr_t)line, size};
    return (int)call(COMMAND_LINE, block);
}

int sys_semihost_open(const char *path, int mode) {
    intptr_t block[] = {(intptr_t)path, mode, (intptr_t)strlen(path)};
    return (int)call(OPEN, block);
}

uintptr_t sys_semihost_write(int file, const void *bytes, uintptr_t size) {
    intptr_t block[] = {file, (intptr_t)bytes, (intptr_t)size};
    return (uintptr_t)call(WRITE, block);
}

void _exit(int status) {
    intptr_t block[] = {APPLICATION_EXIT, status};
    for (;;) call(EXIT, block);
}

/* What the board's start-up calls: thread-local storage of picolibc, constructors of the compiler's crt files. */
void _set_tls(void *tls);
void _init(void);
void _fini(void);

void _set_tls(void *tls) { (void)tls; }
void _init(void) {}
void _fini(void) {}

/* ---- newlib's system calls ---- */

void *_sbrk(ptrdiff_t bytes);
int _open(const char *path, int flags, ...);
int _close(int file);
ssize_t _write(int file, const void *data, size_t size);
ssize_t _read(int file, void *data, size_t size);
off_t _lseek(int file, off_t offset, int from);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _unlink(const char *path);
int _kill(int process, int signal);
int _getpid(void);

void *_sbrk(ptrdiff_t bytes) {
    static const char text[] = "_sbrk: the C library's own malloc is in use\n";
    (void)bytes;
    ch_board_print(text, sizeof text - 1);
    _exit(1);
}

static int refused(int reason) {
    errno = reason;
    return -1;
}

int _open(const char *path, int flags, ...) {
    int mode = (flags & O_ACCMODE) == O_RDONLY ? 1 : flags & O_APPEND ? 9 : SH_OPEN_W_B; /* "rb", "ab", "wb" */
    int file = sys_semihost_open(path, mode);
    return file < 0 ? refused(ENOENT) : file + FIRST_FILE;
}

int _close(int file) {
    intptr_t block[] = {file - FIRST_FILE};
    return file < FIRST_FILE ? 0 : (int)call(CLOSE, block);
}

ssize_t _write(int file, const void *data, size_t size) {
    if (file >= FIRST_FILE) return (ssize_t)size - (ssize_t)sys_semihost_write(file - FIRST_FILE, data, size);
    ch_board_print(data, size);
    return (ssize_t)size;
}

ssize_t _read(int file, void *data, size_t size) {
    intptr_t block[] = {file - FIRST_FILE, (intptr_t)data, (intptr_t)size};
    return file < FIRST_FILE ? 0 : (ssize_t)size - call(READ, block);
}

off_t _lseek(int file, off_t offset, int from) {
    intptr_t block[] = {file - FIRST_FILE, (intptr_t)offset};
    if (file < FIRST_FILE || from == SEEK_CUR) return refused(ESPIPE);
    if (from == SEEK_END) block[1] += call(LENGTH, block);
    return call(SEEK, block) == 0 ? (off_t)block[1] : refused(EINVAL);
}

int _fstat(int file, struct stat *status) {
    memset(status, 0, sizeof *status);
    status->st_mode = file < FIRST_FILE ? S_IFCHR : S_IFREG;
    return 0;
}

int _isatty(int file) { return file < FIRST_FILE; }

int _unlink(const char *path) {
    intptr_t block[] = {(intptr_t)path, (intptr_t)strlen(path)};
    return call(REMOVE, block) == 0 ? 0 : refused(ENOENT);
}

int _kill(int process, int signal) {
    (void)process;
    (void)signal;
    _exit(1);
}

int _getpid(void) { return 1; }
