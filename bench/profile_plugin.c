/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin: how often each instruction runs, apart for each class of calls. Loaded by `bench/run --profile`.
 *
 *     -plugin FILE.so,range=START:END:CLASS,range=...    hexadecimal; class 0: the harness, 1 to 7: the caller of one class
 *
 * An instruction inside a range only says whose turn it is; any other counts for the class whose turn it is. At exit the file
 * profile.txt is written: "PC N1 ... N7", one line for each instruction that ran in a class.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

enum { CLASSES = 8, MAX_RANGES = 64, HARNESS = 0, COUNTED = -1 };

static struct {
    uint64_t start, end;
    int class;
} ranges[MAX_RANGES];
static int range_count;

/* One translated instruction; the same address may have several, if it was translated again. */
typedef struct counter {
    struct counter *next;
    uint64_t pc;
    int class; /* COUNTED, or the class whose turn begins here */
    uint64_t times[CLASSES];
} counter_t;

static counter_t *counters;
static int turn = HARNESS;

static int class_of(uint64_t pc) {
    for (int i = 0; i < range_count; i++) {
        if (pc >= ranges[i].start && pc < ranges[i].end) return ranges[i].class;
    }
    return COUNTED;
}

static void on_instruction(unsigned cpu, void *data) {
    counter_t *counter = data;
    (void)cpu;
    if (counter->class == COUNTED) {
        counter->times[turn]++;
    } else {
        turn = counter->class;
    }
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        counter_t *counter = calloc(1, sizeof *counter);
        if (counter == NULL) abort();
        counter->pc = qemu_plugin_insn_vaddr(insn);
        counter->class = class_of(counter->pc);
        counter->next = counters;
        counters = counter;
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, 0, counter);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused) {
    FILE *file = fopen("profile.txt", "w");
    (void)id;
    (void)unused;
    if (file == NULL) return;
    for (const counter_t *counter = counters; counter != NULL; counter = counter->next) {
        if (counter->class != COUNTED) continue;
        fprintf(file, "%" PRIx64, counter->pc);
        for (int i = HARNESS + 1; i < CLASSES; i++) fprintf(file, " %" PRIu64, counter->times[i]);
        fputc('\n', file);
    }
    fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (range_count == MAX_RANGES) return -1;
        if (sscanf(argv[i], "range=%" SCNx64 ":%" SCNx64 ":%d", &ranges[range_count].start, &ranges[range_count].end,
                   &ranges[range_count].class) != 3) {
            return -1;
        }
        if (ranges[range_count].class < HARNESS || ranges[range_count].class >= CLASSES) return -1;
        range_count++;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
