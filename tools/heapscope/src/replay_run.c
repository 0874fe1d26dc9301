/* SPDX-License-Identifier: MIT */
#include "replay_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MOST = HS_REPLAY_CUTS + HS_REPLAY_REGIONS + HS_CONFIGS_MOST + 8 };

typedef struct {
    char *words[ARGUMENTS_MOST + 1];
    size_t count;
} line_t;

static void add(line_t *l, char *word) {
    if (l->count == ARGUMENTS_MOST) hs_die("replay: too many options");
    l->words[l->count++] = word;
}

static void free_words(line_t *l) {
    for (size_t i = 0; i < l->count; i++) free(l->words[i]);
}

static char *read_all(int from) {
    char *text = NULL;
    size_t room = 0, length = 0;
    for (;;) {
        HS_ROOM(text, room, length + 4096);
        ssize_t n = read(from, text + length, 4096);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        length += (size_t)n;
    }
    text[length] = '\0';
    return text;
}

/** Runs a program; what it printed, without the last line end. *status: as of exit(), or 128 + signal. */
static char *run(line_t *l, int *status) {
    int ends[2], state = 0;
    if (pipe(ends) != 0) hs_die("replay: no pipe: %s", strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) hs_die("replay: can't start %s: %s", l->words[0], strerror(errno));
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(l->words[0], l->words);
        _exit(127);
    }
    close(ends[1]);
    char *text = read_all(ends[0]);
    close(ends[0]);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        ;
    *status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static char *build(const hs_options_t *o) {
    const char *tree = getenv("CAPHEAP_SOURCE");
    line_t l = {.count = 0};
    int status;
    add(&l, hs_text("%s/tools/heapscope/replay/build", tree ? tree : HS_SOURCE_TREE));
    if (access(l.words[0], X_OK) != 0)
        hs_die("replay: %s: %s; CAPHEAP_SOURCE names the folder with capheap's sources", l.words[0], strerror(errno));
    add(&l, hs_text("%s", o->chip));
    if (o->output) add(&l, hs_text("CONFIG_HEAP_TRACING_TOHOST=1"));
    if (o->elf) add(&l, hs_text("--elf=%s", o->elf));
    for (unsigned i = 0; i < o->configs_count; i++) add(&l, hs_text("%s", o->configs[i]));
    char *program = run(&l, &status);
    if (status) exit(status == HS_BAD_USE ? HS_BAD_USE : HS_BAD_INPUT); /* it has said why */
    free_words(&l);
    return program;
}

/** SIZE or SIZE@ADDRESS. */
static char *late_option(const char *text) {
    char *end;
    uint64_t size = strtoull(text, &end, 0), address = 0;
    if (*end == 'K' || *end == 'k')
        size <<= 10, end++;
    else if (*end == 'M' || *end == 'm')
        size <<= 20, end++;
    if (*end == '@') address = strtoull(end + 1, &end, 0);
    if (end == text || *end || !size || size >> 32 || address >> 32)
        hs_die("--psram=%s: say SIZE or SIZE@ADDRESS, as in 8M or 512K@0x3c000000", text);
    return hs_text("--late=%llu:%llu", (unsigned long long)address, (unsigned long long)size);
}

static char *store(const hs_ops_t *ops) {
    const char *folder = getenv("TMPDIR");
    char *name = hs_text("%s/heapscope-replay-XXXXXX", folder ? folder : "/tmp");
    int file = mkstemp(name);
    FILE *out = file < 0 ? NULL : fdopen(file, "wb");
    replay_header_t header = {(uint32_t)ops->count, (uint32_t)ops->slots};
    bool done =
        out && fwrite(&header, sizeof header, 1, out) == 1 && fwrite(ops->ops, sizeof *ops->ops, ops->count, out) == ops->count;
    if (!out || fclose(out) != 0 || !done) hs_die("%s: can't write: %s", name, strerror(errno));
    return name;
}

void hs_replayer_open(hs_replayer_t *r, const hs_options_t *options, const hs_ops_t *ops) {
    *r = (hs_replayer_t){.options = options, .ops = ops};
    if (options->psram) r->late = late_option(options->psram);
    r->program = build(options);
    char *tab = strchr(r->program, '\t');
    r->guessed = tab ? hs_text("%s", tab + 1) : NULL;
    r->program[strcspn(r->program, "\t")] = '\0';
    r->file = store(ops);
}

json_t *hs_replayer_run(const hs_replayer_t *r, const hs_what_if_t *what) {
    line_t l = {.count = 0};
    int status;
    json_error_t why;
    add(&l, hs_text("%s", r->program));
    add(&l, hs_text("%s", r->file));
    for (size_t i = 0; i < r->ops->regions_count; i++)
        add(&l, hs_text("--heap=%llu:%llu", (unsigned long long)r->ops->regions[i].start,
                        (unsigned long long)r->ops->regions[i].size));
    for (size_t i = 0; i < what->cuts; i++)
        add(&l, hs_text("--cut=%llu:%llu", (unsigned long long)what->starts[i], (unsigned long long)what->sizes[i]));
    if (r->late) add(&l, hs_text("%s", r->late));
    if (what->record) add(&l, hs_text("--record=%s", what->record));
    if (what->stops) add(&l, hs_text("--stop"));
    char *text = run(&l, &status);
    json_t *document = json_loads(text, 0, &why);
    if (!document || (status && !json_object_get(document, "error")))
        hs_die("replay: %s ended with status %d and told nothing", r->program, status);
    free(text);
    free_words(&l);
    return document;
}

void hs_replayer_close(hs_replayer_t *r) {
    unlink(r->file);
    free(r->file);
    free(r->program);
    free(r->late);
    free(r->guessed);
}
