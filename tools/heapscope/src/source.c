/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <zstd.h>

#include "util.h"

enum { CHUNK = 1 << 16, LOOK_AGAIN = 100 /* ms */ };

struct hs_source {
    char *name;
    int fd;                      /* -1: memory */
    bool live;                   /* bytes come once: they go to `spool` */
    int spool;                   /* -1: none */
    bool from_spool;             /* rewound: what was kept comes first */
    bool (*look)(void *context); /* NULL: nobody follows it */
    void *look_context;
    bool forgets;
    const uint8_t *memory;
    size_t size, at;
    ZSTD_DStream *zstd; /* NULL: plain */
    bool begun, ended;
    size_t open; /* zstd's frame is not at its end */
    ZSTD_inBuffer packed;
    uint8_t buffer[CHUNK];
};

static volatile sig_atomic_t interrupted;
static void on_interrupt(int number) {
    (void)number;
    interrupted = 1;
}

/** Ctrl-C ends a live recording, and what came until then is shown; pressed again it ends the program. */
static void catch_interrupt(void) {
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
}

static int connect_to(const char *where) {
    char host[256];
    const char *port = strrchr(where, ':');
    if (!port || port == where || (size_t)(port - where) >= sizeof host) hs_die("tcp:%s: expected tcp:HOST:PORT", where);
    snprintf(host, sizeof host, "%.*s", (int)(port - where), where);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(host, port + 1, &hints, &found);
    if (error) hs_die("tcp:%s: %s", where, gai_strerror(error));
    int fd = -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0) hs_die("tcp:%s: %s; is the target's server running?", where, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

/** A serial line passes every byte as it is. Its speed is for stty to set. */
static void make_raw(int fd) {
    struct termios modes;
    if (tcgetattr(fd, &modes) != 0) return;
    cfmakeraw(&modes);
    modes.c_cflag |= CLOCAL | CREAD;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    tcsetattr(fd, TCSANOW, &modes);
}

hs_source_t *hs_source_open(const char *name) {
    hs_source_t *s = hs_alloc(1, sizeof *s);
    s->name = hs_text("%s", name);
    s->spool = -1;
    if (strcmp(name, "-") == 0) {
        s->fd = STDIN_FILENO;
    } else if (strncmp(name, "tcp:", 4) == 0) {
        s->fd = connect_to(name + 4);
    } else {
        s->fd = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        if (s->fd < 0) hs_die("%s: %s", name, strerror(errno));
        if (isatty(s->fd)) make_raw(s->fd);
    }
    struct stat status;
    if (fstat(s->fd, &status) == 0 && S_ISDIR(status.st_mode)) hs_die("%s: is a folder, not a recording", name);
    s->live = lseek(s->fd, 0, SEEK_CUR) < 0;
    if (s->live) {
        char path[] = "/tmp/heapscope-XXXXXX";
        s->spool = mkostemp(path, O_CLOEXEC);
        if (s->spool < 0) hs_die("no temporary file %s: %s", path, strerror(errno));
        unlink(path);
        catch_interrupt();
    }
    return s;
}

hs_source_t *hs_source_of(const uint8_t *bytes, size_t size) {
    hs_source_t *s = hs_alloc(1, sizeof *s);
    s->name = hs_text("memory");
    s->fd = s->spool = -1;
    s->memory = bytes;
    s->size = size;
    return s;
}

static void keep(hs_source_t *s, const uint8_t *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t n = write(s->spool, bytes + done, size - done);
        if (n <= 0) hs_die("%s: no room for it in /tmp: %s", s->name, strerror(errno));
        done += (size_t)n;
    }
}

/** Until there are bytes; false: the user wants an end. */
static bool wait_for_bytes(hs_source_t *s) {
    struct pollfd waiting = {.fd = s->fd, .events = POLLIN};
    for (;;) {
        if (interrupted || !s->look(s->look_context)) return false;
        if (poll(&waiting, 1, LOOK_AGAIN) > 0) return true;
    }
}

/** Reads what is there, or will be. The end of a file is none, as it may grow. */
static ssize_t read_followed(hs_source_t *s, uint8_t *bytes, size_t size) {
    ssize_t n = 0;
    while (wait_for_bytes(s)) {
        n = read(s->fd, bytes, size);
        if (n != 0 || s->live) break;
        poll(NULL, 0, LOOK_AGAIN);
    }
    return n;
}

static size_t read_raw(hs_source_t *s, uint8_t *bytes, size_t size) {
    if (s->fd < 0) {
        if (size > s->size - s->at) size = s->size - s->at;
        if (size) memcpy(bytes, s->memory + s->at, size);
        s->at += size;
        return size;
    }
    if (s->from_spool) {
        ssize_t kept = read(s->spool, bytes, size);
        if (kept > 0) return (size_t)kept;
        s->from_spool = false; /* from here on new bytes, if there are any */
    }
    if (interrupted) return 0;
    ssize_t n = s->look ? read_followed(s, bytes, size) : read(s->fd, bytes, size);
    if (n < 0 && errno == EINTR) return 0;
    if (n < 0) {
        hs_warn("%s: %s; what came until here is shown", s->name, strerror(errno));
        return 0;
    }
    if (s->live && !s->forgets) keep(s, bytes, (size_t)n);
    return (size_t)n;
}

static bool refill(hs_source_t *s) {
    if (s->packed.pos < s->packed.size) return true;
    s->packed = (ZSTD_inBuffer){s->buffer, read_raw(s, s->buffer, sizeof s->buffer), 0};
    return s->packed.size > 0;
}

/** The first bytes say what it is; a pipe may give them one by one. */
static void look_at_begin(hs_source_t *s) {
    static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd};
    s->begun = true;
    size_t n = 0, more;
    while (n < sizeof magic && (more = read_raw(s, s->buffer + n, sizeof magic - n)) > 0) n += more;
    s->packed = (ZSTD_inBuffer){s->buffer, n, 0};
    if (n < sizeof magic || memcmp(s->buffer, magic, sizeof magic) != 0) return;
    s->zstd = ZSTD_createDStream();
    if (!s->zstd) hs_die("out of memory");
}

static size_t read_packed(hs_source_t *s, uint8_t *bytes, size_t size) {
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos == 0 && !s->ended && refill(s)) {
        size_t result = ZSTD_decompressStream(s->zstd, &out, &s->packed);
        s->open = result;
        if (!ZSTD_isError(result)) continue;
        hs_warn("%s: damaged zstd data (%s); what came before it is shown", s->name, ZSTD_getErrorName(result));
        s->ended = true;
    }
    if (out.pos == 0 && s->open && !s->ended) {
        hs_warn("%s: ends in the middle of compressed data; what came before is shown", s->name);
        s->ended = true;
    }
    return out.pos;
}

size_t hs_source_read(hs_source_t *s, uint8_t *bytes, size_t size) {
    if (!s->begun) look_at_begin(s);
    if (s->zstd) return read_packed(s, bytes, size);
    if (s->packed.pos == s->packed.size) return read_raw(s, bytes, size);
    size_t n = s->packed.size - s->packed.pos;
    if (n > size) n = size;
    memcpy(bytes, s->buffer + s->packed.pos, n);
    s->packed.pos += n;
    return n;
}

void hs_source_rewind(hs_source_t *s) {
    s->at = 0;
    s->begun = s->ended = false;
    s->open = 0;
    s->packed = (ZSTD_inBuffer){0};
    ZSTD_freeDStream(s->zstd);
    s->zstd = NULL;
    if (s->live) {
        s->from_spool = true;
        lseek(s->spool, 0, SEEK_SET);
    } else if (s->fd >= 0) {
        lseek(s->fd, 0, SEEK_SET);
    }
}

void hs_source_follow(hs_source_t *s, bool (*look)(void *context), void *context) {
    s->look = look;
    s->look_context = context;
    catch_interrupt();
}

void hs_source_forget(hs_source_t *s) { s->forgets = true; }

const char *hs_source_name(const hs_source_t *s) { return s->name; }

void hs_source_close(hs_source_t *s) {
    ZSTD_freeDStream(s->zstd);
    if (s->fd > STDIN_FILENO) close(s->fd);
    if (s->spool >= 0) close(s->spool);
    free(s->name);
    free(s);
}
