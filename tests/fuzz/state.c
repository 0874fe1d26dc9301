/* SPDX-License-Identifier: MIT */
/*
 * See state.h. A variable of the library is a writable object of the symbol table, local to a file that is none of the test's,
 * or global with a name of the library's (ch_...). Local symbols follow the name of their file.
 */
#include "state.h"

#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLES 256u
#define BYTES 32768u

static struct {
    void *at;
    size_t size;
} variables[VARIABLES];
static size_t variable_count, byte_count;
static unsigned char kept[BYTES];

static _Noreturn void give_up(const char *why) {
    fprintf(stderr, "fuzz: the library's variables can't be found: %s\n", why);
    exit(2);
}

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* Whether a file's variables are the library's: not the test's, not the sanitizers', not start-up's. */
static bool is_library_file(const char *name) {
    static const char *const others[] = {"fuzz.c",      "world.c",  "caps_model.c", "heap_ops.c",
                                         "reference.c", "replay.c", "state.c",      "crtstuff.c"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(name, others[i]) == 0) return false;
    }
    return length > 2 && strcmp(name + length - 2, ".c") == 0 && !starts_with(name, "target_");
}

/* Byte by byte, unseen by the address sanitizer: it counts the guards behind a variable as part of its size. */
__attribute__((no_sanitize("address"))) static void copy(void *to, const void *from, size_t size) {
    volatile unsigned char *t = to;
    const volatile unsigned char *f = from;
    while (size-- > 0) *t++ = *f++;
}

static void add(void *at, size_t size) {
    if (variable_count == VARIABLES || size > BYTES - byte_count) give_up("there are too many");
    variables[variable_count].at = at;
    variables[variable_count++].size = size;
    copy(kept + byte_count, at, size);
    byte_count += size;
}

/* Whether a section's contents change: not constants that the loader has written, and no thread's own. */
static bool is_variable(const char *section_names, const ElfW(Shdr) * section) {
    bool constant = starts_with(section_names + section->sh_name, ".data.rel.ro");
    return (section->sh_flags & SHF_WRITE) && !(section->sh_flags & SHF_TLS) && !constant;
}

static void read_symbols(const char *image, const ElfW(Shdr) * sections, size_t count, const ElfW(Shdr) * table) {
    const ElfW(Sym) *symbol = (const void *)(image + table->sh_offset);
    const ElfW(Sym) *end = symbol + table->sh_size / sizeof *symbol;
    const char *names = image + sections[table->sh_link].sh_offset, *file = "";
    const char *section_names = image + sections[((const ElfW(Ehdr) *)(const void *)image)->e_shstrndx].sh_offset;
    for (; symbol < end; symbol++) {
        const char *name = names + symbol->st_name;
        unsigned type = symbol->st_info & 15, binding = symbol->st_info >> 4;
        if (type == STT_FILE) file = name;
        if (type != STT_OBJECT || symbol->st_shndx >= count || symbol->st_size == 0 || name[0] == '_') continue;
        if (!is_variable(section_names, &sections[symbol->st_shndx])) continue;
        if (binding == STB_LOCAL ? is_library_file(file) : starts_with(name, "ch_") && !starts_with(name, "ch_chip"))
            add((void *)(uintptr_t)symbol->st_value, symbol->st_size);
    }
}

void state_keep(void) {
    struct stat status;
    int file = open("/proc/self/exe", O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) give_up("no /proc/self/exe");
    const char *image = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (image == MAP_FAILED) give_up("the program can't be mapped");
    const ElfW(Ehdr) *head = (const void *)image;
    const ElfW(Shdr) *sections = (const void *)(image + head->e_shoff);
    if (head->e_type != ET_EXEC) give_up("the program is position-independent");
    for (size_t i = 0; i < head->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB) read_symbols(image, sections, head->e_shnum, &sections[i]);
    }
    munmap((void *)(uintptr_t)image, (size_t)status.st_size);
    if (variable_count < 3) give_up("the program has no symbols");
}

void state_restore(void) {
    const unsigned char *from = kept;
    for (size_t i = 0; i < variable_count; from += variables[i].size, i++) copy(variables[i].at, from, variables[i].size);
}
