/* SPDX-License-Identifier: MIT */
/*
 * QEMU plugin: word-only memory. Every load and store of the machine that touches a watched range, by whatever code, must be one
 * aligned 32-bit word. The emulator itself takes any width everywhere.
 *
 *     -plugin words.so,word=LOW:HIGH,word=...    hexadecimal, HIGH is the first address behind
 *
 * When QEMU ends, the counts go to stderr, with the first accesses of another kind; if there was one, or no access at all, QEMU's
 * exit status is 86. Instructions that move several words (ldm, stm, ldrd) count once for each word.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "qemu_plugin.h"

enum { RANGES_MAX = 8, SHOWN_MAX = 8, SIZES = 4 };

static struct { uint64_t low, high; } ranges[RANGES_MAX];
static int range_count;

static uint64_t accesses[2][SIZES]; /* by store, log2 of the bytes */
static uint64_t misaligned, forbidden;

/* Also true for what begins before the range and ends in it. */
static bool is_watched(uint64_t address, uint64_t bytes) {
    for (int i = 0; i < range_count; i++) {
        if (address < ranges[i].high && address + bytes > ranges[i].low) return true;
    }
    return false;
}

static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *pc) {
    unsigned shift = qemu_plugin_mem_size_shift(info) & (SIZES - 1);
    uint64_t bytes = 1u << shift;
    (void)cpu;
    if (!is_watched(address, bytes)) return;
    bool store = qemu_plugin_mem_is_store(info), aligned = (address & (bytes - 1)) == 0;
    accesses[store][shift]++;
    misaligned += !aligned;
    if (bytes == 4 && aligned) return;
    if (forbidden++ < SHOWN_MAX) {
        fprintf(stderr, "words: FORBIDDEN %s of %" PRIu64 " bytes at %#" PRIx64 " by the instruction at %#" PRIxPTR "\n",
                store ? "store" : "load", bytes, address, (uintptr_t)pc);
    }
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        void *pc = (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn);
        qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, pc);
    }
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *unused) {
    (void)id, (void)unused;
    fprintf(stderr, "words: watched %" PRIu64 " loads and %" PRIu64 " stores of aligned words, %" PRIu64 " forbidden accesses\n",
            accesses[0][2], accesses[1][2], forbidden);
    fprintf(stderr,
            "words: others by bytes 1/2/8: loads %" PRIu64 "/%" PRIu64 "/%" PRIu64 ", stores %" PRIu64 "/%" PRIu64 "/%" PRIu64
            ", misaligned %" PRIu64 "\n",
            accesses[0][0], accesses[0][1], accesses[0][3], accesses[1][0], accesses[1][1], accesses[1][3], misaligned);
    bool watched = accesses[0][2] > 0 && accesses[1][2] > 0;
    if (!watched) fprintf(stderr, "words: nothing was seen in the watched ranges: are they the program's?\n");
    fflush(stderr);
    if (forbidden > 0 || !watched) _Exit(PLUGIN_FAULT);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (range_count == RANGES_MAX) return -1;
        if (sscanf(argv[i], "word=%" SCNx64 ":%" SCNx64, &ranges[range_count].low, &ranges[range_count].high) != 2) {
            fprintf(stderr, "words: not understood: %s (known is word=LOW:HIGH)\n", argv[i]);
            return -1;
        }
        range_count++;
    }
    if (range_count == 0) return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
