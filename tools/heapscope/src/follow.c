/* SPDX-License-Identifier: MIT */
/*
 * In a terminal the answer fills the screen and is drawn in place, as top does it: the alternate screen, lines cut at its edges,
 * keys without Enter. Elsewhere one answer follows the other; with --json, a document a line.
 *
 * What is drawn is the text that the commands print anyway, colours included: two escape sequences (home, erase) do what is left
 * to do, so there is no library for it.
 */
#include "follow.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "paint.h"

static struct {
    hs_context_t *context;
    hs_options_t *options;
    const hs_command_t *command;
    bool screen, keys; /* stdout and stdin are a terminal */
    bool paused, over;
    double due;
    struct termios before;
} follow;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the terminal ---- */

static void leave_screen(void) {
    if (follow.keys) tcsetattr(STDIN_FILENO, TCSANOW, &follow.before);
    if (follow.screen) fputs("\33[?25h\33[?1049l", stdout);
    fflush(stdout);
    follow.keys = follow.screen = false;
}

static void enter_screen(void) {
    follow.screen = isatty(STDOUT_FILENO) && !follow.options->json;
    follow.keys = follow.screen && isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &follow.before) == 0;
    if (follow.screen) fputs("\33[?1049h\33[?25l", stdout);
    if (!follow.keys) return;
    struct termios raw = follow.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/** Prints at most `columns` of a line; escape sequences and the further bytes of a character take none. */
static void put_cut(const char *line, size_t length, int columns) {
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\33') {
            while (i < length && line[i] != 'm') putchar(line[i++]);
            putchar('m');
            continue;
        }
        bool starts = ((unsigned char)line[i] & 0xc0) != 0x80;
        if (starts && columns-- <= 0) break;
        putchar(line[i]);
    }
    printf("%s\33[K", hs_paint(HS_PLAIN));
}

static void put_status(int columns) {
    char text[160];
    const hs_options_t *o = follow.options;
    bool is_top = strcmp(o->command, "top") == 0, sorts = is_top || strcmp(o->command, "leaks") == 0;
    snprintf(text, sizeof text, " q quit   space %s%s%s%s%s%s%s", follow.paused ? "go on" : "pause", sorts ? "   s sort: " : "",
             sorts ? (o->sort ? o->sort : "bytes") : "", is_top ? "   b by: " : "", is_top ? (o->by ? o->by : "sites") : "",
             follow.paused ? "   PAUSED" : "", follow.keys ? "" : "   Ctrl-C ends");
    printf("\33[7m%-*.*s\33[0m", columns, columns, text);
}

static void put_screen(const char *text) {
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2 || size.ws_col < 10) size.ws_row = 24, size.ws_col = 80;
    fputs("\33[H", stdout);
    for (int row = 1; row < size.ws_row; row++) {
        size_t length = strcspn(text, "\n");
        put_cut(text, length, size.ws_col);
        putchar('\n');
        text += length + (text[length] == '\n');
    }
    put_status(size.ws_col);
    fflush(stdout);
}

/* ---- answers ---- */

/** The text of an answer; the caller frees it. */
static char *text_of(const json_t *document) {
    char *text = NULL;
    size_t size;
    FILE *out = stdout, *memory = open_memstream(&text, &size);
    if (!memory) hs_die("out of memory");
    stdout = memory; /* commands print there */
    follow.command->show(document);
    stdout = out;
    fclose(memory);
    return text;
}

static void draw(void) {
    json_t *document = follow.command->ask(follow.context);
    if (follow.options->json) {
        json_dumpf(document, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        putchar('\n');
        fflush(stdout);
    } else if (follow.screen) {
        char *text = text_of(document);
        put_screen(text);
        free(text);
    } else {
        follow.command->show(document);
        putchar('\n');
        fflush(stdout);
    }
    json_decref(document);
    follow.due = now() + follow.options->follow;
}

/* ---- keys ---- */

static const char *next_of(const char *const *words, const char *word) {
    for (size_t i = 0; words[i]; i++)
        if (word && strcmp(words[i], word) == 0 && words[i + 1]) return words[i + 1];
    return words[0];
}

static void take_key(char key) {
    static const char *const of_top[] = {"bytes", "count", "churn", "total", "peak", NULL};
    static const char *const of_leaks[] = {"bytes", "count", "age", NULL};
    static const char *const bys[] = {"sites", "functions", "tasks", "regions", NULL};
    hs_options_t *o = follow.options;
    bool is_top = strcmp(o->command, "top") == 0;
    switch (key) {
    case 'q': follow.over = true; break;
    case ' ':
    case 'p': follow.paused = !follow.paused; break;
    case 's': o->sort = next_of(is_top ? of_top : of_leaks, o->sort ? o->sort : "bytes"); break;
    case 'b': o->by = next_of(bys, o->by ? o->by : "sites"); break;
    default: break;
    }
}

static bool take_keys(void) {
    char keys[16];
    struct pollfd waiting = {.fd = STDIN_FILENO, .events = POLLIN};
    if (!follow.keys || poll(&waiting, 1, 0) <= 0) return false;
    ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    if (count <= 0) follow.keys = false; /* the terminal is gone */
    for (ssize_t i = 0; i < count; i++) take_key(keys[i]);
    return count > 0;
}

/** Now and then, also while no bytes come; false: the user has enough. */
static bool look(void *context) {
    (void)context;
    bool pressed = take_keys();
    if (!follow.over && (pressed || (!follow.paused && now() >= follow.due))) draw();
    return !follow.over;
}

bool hs_follow_waits(void *name) {
    static unsigned times;
    if (++times == 10 && isatty(STDERR_FILENO)) fprintf(stderr, "heapscope: waiting for %s; Ctrl-C ends\n", (const char *)name);
    return true;
}

void hs_follow(hs_context_t *c, hs_options_t *options, const hs_command_t *command) {
    follow.context = c;
    follow.options = options;
    follow.command = command;
    c->fed = true;
    atexit(leave_screen); /* whatever ends the program */
    enter_screen();
    hs_source_follow(c->source, look, NULL);
    hs_source_forget(c->source);
    hs_model_run(&c->model, c->reader, 0);
    follow.due = now() + (options->follow < 0.2 ? options->follow : 0.2);
    for (uint64_t most = 64; hs_model_run(&c->model, c->reader, most), c->model.events >= most && look(NULL); most += 64) {
    }
    leave_screen();
}
