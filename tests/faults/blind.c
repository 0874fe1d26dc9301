/* SPDX-License-Identifier: MIT */
/*
 * A detector switched off, for the self-test: it takes the place of the engine's check of sizes, whose name a definition changes.
 */
#include "engine/engine.h"

ch_fault_t ch_engine_check_size(const ch_engine_t *e, const ch_block_t *b) {
    (void)e, (void)b;
    return CH_SOUND;
}
