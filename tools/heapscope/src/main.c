/* SPDX-License-Identifier: MIT */
/* heapscope: reads what capheap's tracing wrote, and says where the memory went. */
#include <argp.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "follow.h"
#include "paint.h"

const char *argp_program_version = "heapscope (capheap) 1";

static const char doc[] =
    "Reads a trace of capheap, live or stored, and says where the memory went.\v"
    "RECORDING is a file, a device, '-' (standard input) or tcp:HOST:PORT: a trace stream (docs/TRACE_FORMAT.md), compressed "
    "with zstd or not, or a log with the output of heap_trace_dump(). Ctrl-C ends a live recording, and what came until then "
    "is shown.\n"
    "\n"
    "Commands:\n"
    "  leaks RECORDING         what was not freed, by call stack, with its age\n"
    "  top RECORDING           who uses most, by site, function, task or region\n"
    "  timeline RECORDING      use, free memory and fragmentation of regions\n"
    "  peak RECORDING          what was live when most was\n"
    "  lifetimes RECORDING     how long blocks live\n"
    "  blame RECORDING         live blocks that split the largest possible hole\n"
    "  diff RECORDING OTHER    what OTHER has live that RECORDING has not\n"
    "  info RECORDING          regions, marks, failed requests, damage\n"
    "  export FORMAT RECORDING for other tools: folded heaptrack pprof chrome\n"
    "                          ctf sqlite text\n"
    "  record RECORDING        stores a live recording, compressed\n"
    "  replay RECORDING        would it fit on --chip, what fails first, how little\n"
    "                          RAM would do; also for traces of format HTR1\n"
    "\n"
    "Examples:\n"
    "  heapscope leaks --elf fw.elf trace.bin\n"
    "  heapscope top --follow --by=tasks --elf fw.elf /dev/ttyUSB0\n"
    "  heapscope record /dev/ttyUSB0 --output night.zst\n"
    "  heapscope top --by=tasks --sort=churn night.zst\n"
    "  heapscope leaks --since 'socket closed' --fail --elf fw.elf night.zst\n"
    "  heapscope blame --size=65536 --region=DRAM --elf fw.elf night.zst\n"
    "  heapscope export folded --elf fw.elf night.zst | flamegraph.pl > a.svg\n"
    "  heapscope export pprof --elf fw.elf --output a.pb.gz night.zst\n"
    "  heapscope replay --chip stm32h743 --psram 8M night.zst\n"
    "\n"
    "Exit status: 0 done, 1 the input can't be read, 2 wrong use, 3 --fail and "
    "something was found. More in heapscope(1).";

enum {
    OPT_JSON = 256,
    OPT_COLOR,
    OPT_LOAD,
    OPT_AGE,
    OPT_SINCE,
    OPT_TASK,
    OPT_REGION,
    OPT_BLOCKS,
    OPT_SIZE,
    OPT_BY,
    OPT_FAIL,
    OPT_OTHER,
    OPT_PEAK,
    OPT_CHIP,
    OPT_CONFIG,
    OPT_PSRAM,
    OPT_SEARCH,
    OPT_FOLLOW = 'f'
};

static const struct argp_option options[] = {
    {"elf", 'e', "FILE", 0, "The program, as linked: names and lines", 0},
    {"other-elf", OPT_OTHER, "FILE", 0, "diff: the program of the second recording, if it is another", 0},
    {"load-at", OPT_LOAD, "ADDRESS", 0, "Where a position-independent program was loaded", 0},
    {"top", 'n', "N", 0, "Show the first N (default 20; 0: all)", 1},
    {"sort", 's', "KEY", 0,
     "bytes (default), count; leaks: age; top: churn, total, peak; diff: churn; export folded: total, count, churn, peak", 1},
    {"by", OPT_BY, "WHAT", 0, "top: sites (default), functions, tasks, regions", 1},
    {"min-age", OPT_AGE, "SECONDS", 0, "leaks, peak: only blocks at least that old", 2},
    {"since", OPT_SINCE, "MARK", 0, "leaks, peak: only blocks allocated after the last mark with this text", 2},
    {"task", OPT_TASK, "NAME", 0, "leaks, peak: only blocks of this task", 2},
    {"region", OPT_REGION, "NAME", 0, "leaks, peak, timeline, blame: only this region", 2},
    {"blocks", OPT_BLOCKS, "N", 0, "blame: at most N blocks may go (default 3)", 3},
    {"size", OPT_SIZE, "BYTES", 0, "blame: what would make a hole of that size", 3},
    {"at-peak", OPT_PEAK, NULL, 0, "blame: at the moment when most was live, not at the end", 3},
    {"chip", OPT_CHIP, "NAME", 0, "replay: the chip, a file of chips/ without .c", 3},
    {"config", OPT_CONFIG, "CONFIG_NAME=VALUE", 0, "replay: an option of the library or of the chip; may come several times", 3},
    {"psram", OPT_PSRAM, "SIZE[@ADDRESS]", 0, "replay: with that much external RAM, in bytes, K or M", 3},
    {"search", OPT_SEARCH, NULL, 0, "replay: how small each region may be", 3},
    {"follow", 'f', "SECONDS", OPTION_ARG_OPTIONAL,
     "leaks, top, timeline, lifetimes, info: show it anew every second, or so many, while the recording comes or grows; q ends",
     4},
    {"output", 'o', "PATH", 0, "export, record: where to; replay: a recording of it", 4},
    {"json", OPT_JSON, NULL, 0, "Write JSON", 4},
    {"color", OPT_COLOR, "WHEN", 0, "always, never, or auto (default): in a terminal", 4},
    {"fail", OPT_FAIL, NULL, 0, "leaks, diff, replay: exit with status 3 if there are any", 4},
    {0},
};

typedef struct {
    hs_options_t options;
    const hs_command_t *command;
    const char *arguments[3];
    unsigned count;
} line_t;

const hs_command_t hs_commands[] = {
    {"leaks", "RECORDING", NULL, hs_ask_leaks, hs_show_leaks},
    {"top", "RECORDING", NULL, hs_ask_top, hs_show_top},
    {"timeline", "RECORDING", NULL, hs_ask_timeline, hs_show_timeline},
    {"peak", "RECORDING", NULL, hs_ask_peak, hs_show_peak},
    {"lifetimes", "RECORDING", NULL, hs_ask_lifetimes, hs_show_lifetimes},
    {"blame", "RECORDING", NULL, hs_ask_blame, hs_show_blame},
    {"diff", "RECORDING OTHER", NULL, hs_ask_diff, hs_show_diff},
    {"info", "RECORDING", NULL, hs_ask_info, hs_show_info},
    {"export", "FORMAT RECORDING", NULL, hs_ask_export, NULL},
    {"record", "RECORDING", NULL, hs_ask_record, NULL},
    {"replay", "RECORDING", NULL, hs_ask_replay, hs_show_replay},
    {0},
};

static uint64_t number(struct argp_state *state, const char *text, const char *option) {
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (end == text || *end || *text == '-') argp_error(state, "--%s: %s is not a number", option, text);
    return value;
}

/** One of a list of words. */
static const char *word(struct argp_state *state, const char *text, const char *option, const char *words) {
    size_t length = strlen(text);
    for (const char *at = words; (at = strstr(at, text)); at += length)
        if (length && (at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length])) return text;
    argp_error(state, "--%s: there is no %s; there are: %s", option, text, words);
    return text;
}

static void take_command(line_t *l, struct argp_state *state, const char *name) {
    for (l->command = hs_commands; l->command->name; l->command++)
        if (strcmp(l->command->name, name) == 0) return;
    argp_error(state, "there is no command %s; heapscope --help lists them", name);
}

static error_t take_argument(line_t *l, struct argp_state *state, const char *argument) {
    if (!l->command) {
        take_command(l, state, argument);
        return 0;
    }
    unsigned most = strchr(l->command->arguments, ' ') ? 2 : 1;
    if (l->count >= most) argp_error(state, "%s takes %s, nothing more", l->command->name, l->command->arguments);
    l->arguments[l->count++] = argument;
    return 0;
}

/** Each command sorts by what it has. */
static void check_sort(const line_t *l, struct argp_state *state) {
    static const struct {
        const char *command, *keys;
    } all[] = {{"leaks", "bytes count age"},
               {"peak", "bytes count age"},
               {"top", "bytes count churn total peak"},
               {"diff", "bytes count churn"},
               {"export", "bytes count churn total peak"}};
    for (size_t i = 0; l->options.sort && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].command, l->command->name) == 0) word(state, l->options.sort, "sort", all[i].keys);
}

static void finish(line_t *l, struct argp_state *state) {
    if (!l->command) argp_error(state, "which command? heapscope --help lists them");
    unsigned least = strchr(l->command->arguments, ' ') ? 2 : 1;
    if (l->count < least) argp_error(state, "%s needs %s", l->command->name, l->command->arguments);
    bool is_export = strcmp(l->command->name, "export") == 0;
    l->options.command = l->command->name;
    if (l->options.follow > 0) word(state, l->command->name, "follow", "leaks top timeline lifetimes info");
    l->options.format = is_export ? l->arguments[0] : NULL;
    check_sort(l, state);
    l->options.input = l->arguments[is_export ? 1 : 0];
    l->options.other = is_export ? NULL : l->arguments[1];
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    line_t *l = state->input;
    hs_options_t *o = &l->options;
    switch (key) {
    case 'e': o->elf = argument; break;
    case OPT_OTHER: o->other_elf = argument; break;
    case OPT_LOAD: o->load_at = number(state, argument, "load-at"); break;
    case 'n': o->top = number(state, argument, "top"); break;
    case 's': o->sort = argument; break;
    case OPT_BY: o->by = word(state, argument, "by", "sites functions tasks regions"); break;
    case OPT_AGE: o->min_age = strtod(argument, NULL); break;
    case OPT_SINCE: o->since = argument; break;
    case OPT_TASK: o->task = argument; break;
    case OPT_REGION: o->region = argument; break;
    case OPT_BLOCKS: o->blocks = number(state, argument, "blocks"); break;
    case OPT_SIZE: o->size = number(state, argument, "size"); break;
    case OPT_PEAK: o->at_peak = true; break;
    case 'o': o->output = argument; break;
    case OPT_JSON: o->json = true; break;
    case OPT_COLOR:
        word(state, argument, "color", "always never auto");
        o->color = strcmp(argument, "always") == 0 ? 1 : strcmp(argument, "never") == 0 ? -1 : 0;
        break;
    case OPT_FOLLOW:
        o->follow = argument ? strtod(argument, NULL) : 1;
        if (!(o->follow >= 0.05)) argp_error(state, "--follow: %s are too few seconds", argument);
        break;
    case OPT_FAIL: o->fail = true; break;
    case OPT_CHIP: o->chip = argument; break;
    case OPT_CONFIG:
        if (o->configs_count == HS_CONFIGS_MOST) argp_error(state, "--config: at most %d", HS_CONFIGS_MOST);
        o->configs[o->configs_count++] = argument;
        break;
    case OPT_PSRAM: o->psram = argument; break;
    case OPT_SEARCH: o->search = true; break;
    case ARGP_KEY_ARG: return take_argument(l, state, argument);
    case ARGP_KEY_END: finish(l, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/** Whether --fail has something to complain about. */
static bool found(const json_t *document) {
    return hs_number(document, "blocks") > 0 || hs_number(document, "changed") > 0 || hs_number(document, "fails") > 0;
}

int main(int argc, char **argv) {
    static const struct argp argp = {.options = options, .parser = parse, .args_doc = "COMMAND ARGUMENT...", .doc = doc};
    line_t line = {.options = {.top = 20, .blocks = 3}};
    setlocale(LC_CTYPE, "");
    argp_err_exit_status = HS_BAD_USE;
    argp_parse(&argp, argc, argv, 0, NULL, &line);
    hs_paint_begin(line.options.color);
    hs_context_t context = {.options = &line.options};
    if (line.command->ask != hs_ask_record && line.command->ask != hs_ask_replay)
        hs_context_open(&context, &line.options, line.options.input, line.options.elf);
    if (line.options.follow > 0) hs_follow(&context, &line.options, line.command);
    json_t *document = line.command->ask(&context);
    bool fails = document && line.options.fail && found(document);
    if (document && line.options.json) {
        json_dumpf(document, stdout, (line.options.follow > 0 ? JSON_COMPACT : JSON_INDENT(1)) | JSON_PRESERVE_ORDER);
        putchar('\n');
    } else if (document) {
        line.command->show(document);
    }
    json_decref(document);
    hs_context_close(&context);
    if (fflush(stdout) != 0) hs_die("standard output: can't write");
    return fails ? HS_FOUND : HS_OK;
}
