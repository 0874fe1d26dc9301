/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin: the exact number of instructions of each marked call. Loaded by bench/machines.py.
 *
 *     -plugin FILE.so,call=PC,back=PC    hexadecimal: the call instruction (marked_call.S), and the one that it returns to
 *
 * A count begins with the instruction at call, that one included, and ends before the one at back. At exit the file counts.bin is
 * written: one 32-bit count for each call, in order. No timer and no -icount is involved, and the counted program does nothing
 * for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "qemu_plugin.h"

static uint64_t call_pc, back_pc;
static uint64_t executed; /* instructions so far; added up by the translated code itself */
static uint64_t begin;    /* executed, when the last call began */
static uint32_t *counts;
static size_t count, room;

static void on_call(unsigned cpu, void *unused) {
    (void)cpu, (void)unused;
    begin = executed;
}

static void on_back(unsigned cpu, void *unused) {
    (void)cpu, (void)unused;
    if (count == room) {
        room = room ? 2 * room : 1 << 16;
        counts = realloc(counts, room * sizeof counts[0]);
        if (counts == NULL) abort();
    }
    counts[count++] = (uint32_t)(executed - begin);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        if (pc == call_pc) qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, QEMU_PLUGIN_CB_NO_REGS, NULL);
        if (pc == back_pc) qemu_plugin_register_vcpu_insn_exec_cb(insn, on_back, QEMU_PLUGIN_CB_NO_REGS, NULL);
        qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused) {
    FILE *file = fopen("counts.bin", "wb");
    (void)id, (void)unused;
    if (file == NULL) return;
    fwrite(counts, sizeof counts[0], count, file);
    fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (sscanf(argv[i], "call=%" SCNx64, &call_pc) != 1 && sscanf(argv[i], "back=%" SCNx64, &back_pc) != 1) return -1;
    }
    if (call_pc == 0 || back_pc == 0) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
