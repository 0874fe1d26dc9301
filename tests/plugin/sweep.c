/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin: was a program interrupted before every single instruction of an operation at which interrupts were open?
 *
 *     -plugin sweep.so,scene=PC,begin=PC,end=PC,handler=PC      hexadecimal: first instructions of functions of the program
 *
 *      scene      called in pairs: an operation begins, which the program then runs again and again, from the same state each
 *                 time; it ends
 *      begin      one run of it starts with the next instruction
 *      handler    an interrupt was taken, in between or not
 *      end        the run is over
 *
 * The first run of a scene that is not interrupted is its trace: each instruction, and whether interrupts were open before it, as
 * told by the instructions that mask and unmask them. Every later run must follow the trace up to its interrupt, which must be at
 * an open place; in the end each open place must have been one. So not only each instruction counts, but each time that it was
 * executed.
 *
 * When QEMU ends, the counts go to stderr; if a place was left out, QEMU's exit status is 86.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

enum { TRACE_MAX = 1 << 20, SHOWN_MAX = 12 };
enum role { PLAIN, SCENE, BEGIN, END, HANDLER, MASK, UNMASK };

typedef struct {
    uint64_t pc;
    enum role role;
} place_t;

/* What the program marks. */
static struct {
    const char *name;
    uint64_t pc;
    enum role role;
} marks[] = {{"scene=", 0, SCENE}, {"begin=", 0, BEGIN}, {"end=", 0, END}, {"handler=", 0, HANDLER}};
enum { MARKS = sizeof marks / sizeof marks[0] };

static char target;

/* The scene's trace: trace[i] is the instruction behind boundary i, boundary `length` is the one before the end. */
static uint64_t trace[TRACE_MAX + 1];
static bool is_open[TRACE_MAX + 1];
static uint32_t times[TRACE_MAX + 1];
static uint32_t length;
static bool in_scene, has_trace;

/* The run. */
static bool running, interrupted, spoiled, astray;
static uint32_t at;
static int depth;

static uint64_t scenes, runs, open_boundaries, closed_boundaries, interrupts, missed, in_section, strayed, too_long;
static unsigned shown;

static bool may_show(void) { return shown++ < SHOWN_MAX; }

static void end_scene(void) {
    for (uint32_t i = 0; has_trace && i <= length; i++) {
        if (!is_open[i]) {
            closed_boundaries++;
            continue;
        }
        open_boundaries++;
        if (times[i]) continue;
        missed++;
        if (may_show()) {
            fprintf(stderr, "sweep: MISSED scene %" PRIu64 ": no interrupt before instruction %" PRIu32 " at %#" PRIx64 "\n",
                    scenes, i, trace[i]);
        }
    }
    if (!has_trace) {
        too_long++;
        if (may_show()) fprintf(stderr, "sweep: scene %" PRIu64 " has no run without an interrupt, or one too long\n", scenes);
    }
    has_trace = false;
    running = spoiled = false;
}

static void begin_run(void) {
    running = true;
    interrupted = astray = false;
    at = 0;
    depth = 0;
    if (!has_trace) memset(times, 0, sizeof times);
}

static void end_run(void) {
    if (running && !interrupted && !spoiled && !has_trace && at < TRACE_MAX) {
        length = at;
        trace[length] = 0;
        is_open[length] = depth == 0;
        has_trace = true;
    }
    runs += running;
    running = spoiled = false;
}

static void take_interrupt(void) {
    if (!running) spoiled = true;
    if (!running || interrupted) return;
    interrupted = true;
    interrupts++;
    if (!has_trace || astray || at > length) return;
    times[at]++;
    if (is_open[at]) return;
    in_section++;
    if (may_show())
        fprintf(stderr, "sweep: INTERRUPT IN A LOCKED SECTION, scene %" PRIu64 " at %#" PRIx64 "\n", scenes, trace[at]);
}

static void follow(const place_t *p) {
    if (!has_trace && at < TRACE_MAX) {
        trace[at] = p->pc;
        is_open[at] = depth == 0;
    } else if (has_trace && !spoiled && !astray && (at >= length || trace[at] != p->pc)) {
        astray = true;
        strayed++;
        if (may_show()) {
            fprintf(stderr, "sweep: ASTRAY scene %" PRIu64 ": instruction %" PRIu32 " is at %#" PRIx64 ", was at %#" PRIx64 "\n",
                    scenes, at, p->pc, trace[at]);
        }
    }
    if (at < TRACE_MAX) at++;
    if (p->role == MASK) depth++;
    if (p->role == UNMASK) depth--;
}

static void on_instruction(unsigned cpu, void *data) {
    const place_t *p = data;
    (void)cpu;
    if (p->role == SCENE) {
        if (in_scene) end_scene();
        in_scene = !in_scene;
        scenes += in_scene;
    } else if (!in_scene) {
        return;
    } else if (p->role == BEGIN) {
        begin_run();
    } else if (p->role == END) {
        end_run();
    } else if (p->role == HANDLER) {
        take_interrupt();
    } else if (running && !interrupted) {
        follow(p);
    }
}

/* Instructions with which the ports lock and open, by the first letter of QEMU's name for the target. */
static enum role role_of(const struct qemu_plugin_insn *insn, uint64_t pc) {
    uint32_t code = 0;
    size_t size = qemu_plugin_insn_size(insn);
    for (int i = 0; i < MARKS; i++) {
        if (pc == marks[i].pc) return marks[i].role;
    }
    memcpy(&code, qemu_plugin_insn_data(insn), size < sizeof code ? size : sizeof code);
    switch (target) {
    case 'r':
        if ((code & 0xfffff07fu) == 0x30047073u) return MASK;   /* csrrci ?, mstatus, 8 */
        if ((code & 0xfff07fffu) == 0x30002073u) return UNMASK; /* csrs mstatus, ? */
        break;
    case 'a':
        if (size == 2 && code == 0xb672u) return MASK;          /* cpsid i */
        if ((code & 0xfffffff0u) == 0x8810f380u) return UNMASK; /* msr primask, ? */
        break;
    case 'x':
        if ((code & 0xfff00fu) == 0x006000u && (code & 0xf00u)) return MASK; /* rsil ?, level */
        if ((code & 0xffff0fu) == 0x13e600u) return UNMASK;                  /* wsr ?, ps */
        break;
    default: break;
    }
    return PLAIN;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        place_t *p = malloc(sizeof *p);
        if (!p) abort();
        p->pc = qemu_plugin_insn_vaddr(insn);
        p->role = role_of(insn, p->pc);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS, p);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused) {
    (void)id, (void)unused;
    if (in_scene) end_scene();
    fprintf(stderr, "sweep: %" PRIu64 " scenes, %" PRIu64 " runs, %" PRIu64 " interrupts\n", scenes, runs, interrupts);
    fprintf(stderr,
            "sweep: %" PRIu64 " boundaries with interrupts open, %" PRIu64 " of them not interrupted; %" PRIu64
            " locked, %" PRIu64 " of them interrupted; %" PRIu64 " runs went astray\n",
            open_boundaries, missed, closed_boundaries, in_section, strayed);
    fflush(stderr);
    if (missed || in_section || strayed || too_long || scenes == 0 || open_boundaries == 0) _Exit(PLUGIN_FAULT);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    target = info->target_name[0];
    for (int i = 0; i < argc; i++) {
        int k = 0;
        while (k < MARKS && strncmp(argv[i], marks[k].name, strlen(marks[k].name)) != 0) k++;
        if (k == MARKS) {
            fprintf(stderr, "sweep: not understood: %s (known are scene, begin, end, handler)\n", argv[i]);
            return -1;
        }
        marks[k].pc = strtoull(strchr(argv[i], '=') + 1, NULL, 16);
        if (target == 'a') marks[k].pc &= ~1ull;
    }
    for (int k = 0; k < MARKS; k++) {
        if (marks[k].pc == 0) return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
