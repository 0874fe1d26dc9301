/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin: how long a RISC-V program keeps interrupts off. Loaded by bench/irq-bound.
 *
 *     -plugin FILE.so[,explain=ID]
 *
 * A critical section begins behind `csrrci rd, mstatus, 8` and ends with the `csrrs zero, mstatus, rs` that goes with it;
 * sections nest. The program says what it is about to call by the hint `slti zero, zero, ID`, ID from 1 to 2047, and by ID 0 that
 * it has returned. At exit the file irq.txt is written: a line "ID LONGEST" for each ID, LONGEST the most instructions that ran
 * in one section, the closing one included. explain: the addresses of the longest section of this ID, in order, follow as lines
 * "@ PC".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

enum { IDS = 2048, LONGEST_KEPT = 1 << 16 };

typedef enum { ORDINARY, MASK, UNMASK, MARK } kind_t;

/* What the execution of an instruction means; made when it is translated and never freed, as old translations may still run. */
typedef struct {
    kind_t kind;
    unsigned mark;
    uint64_t pc;
} meaning_t;

static unsigned depth, mark;
static uint64_t length, longest[IDS];
static unsigned explained; /* 0: none */
static uint64_t now[LONGEST_KEPT], kept[LONGEST_KEPT];

static void begin(void) {
    if (depth++ == 0) length = 0;
}

static void count(uint64_t pc) {
    if (explained && mark == explained && length < LONGEST_KEPT) now[length] = pc;
    length++;
}

static void end(void) {
    if (depth == 0 || --depth != 0 || length <= longest[mark]) return;
    longest[mark] = length;
    if (explained && mark == explained) memcpy(kept, now, sizeof kept);
}

static void on_instruction(unsigned cpu, void *data) {
    const meaning_t *meaning = data;
    (void)cpu;
    if (depth) count(meaning->pc);
    if (meaning->kind == MASK) begin();
    if (meaning->kind == UNMASK) end();
    if (meaning->kind == MARK) mark = meaning->mark;
}

/* The encodings of the RISC-V manual. */
static meaning_t meaning_of(const struct qemu_plugin_insn *insn) {
    meaning_t meaning = {ORDINARY, 0, qemu_plugin_insn_vaddr(insn)};
    uint32_t word = 0;
    if (qemu_plugin_insn_size(insn) != 4) return meaning;
    memcpy(&word, qemu_plugin_insn_data(insn), 4);
    if ((word & 0xfffff07fu) == (0x30047073u & 0xfffff07fu)) meaning.kind = MASK;            /* csrrci rd, mstatus, 8 */
    if ((word & 0xfff07fffu) == 0x30002073u) meaning.kind = UNMASK;                          /* csrrs zero, mstatus, rs */
    if ((word & 0x800fffffu) == 0x00002013u) meaning.kind = MARK, meaning.mark = word >> 20; /* slti zero, zero, id */
    return meaning;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        meaning_t *meaning = malloc(sizeof *meaning);
        if (meaning == NULL) abort();
        *meaning = meaning_of(insn);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, 0, meaning);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused) {
    FILE *file = fopen("irq.txt", "w");
    (void)id;
    (void)unused;
    if (file == NULL) return;
    for (unsigned i = 1; i < IDS; i++) {
        if (longest[i]) fprintf(file, "%u %" PRIu64 "\n", i, longest[i]);
    }
    for (uint64_t i = 0; explained && i < longest[explained] && i < LONGEST_KEPT; i++) fprintf(file, "@ %" PRIx64 "\n", kept[i]);
    fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (sscanf(argv[i], "explain=%u", &explained) != 1 || explained >= IDS) return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
