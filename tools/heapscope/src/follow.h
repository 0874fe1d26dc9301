/* SPDX-License-Identifier: MIT */
/* --follow: a command's answer while the recording still comes, drawn anew again and again, until it ends or the user does. */
#pragma once

#include "context.h"

/** Until the first bytes come. */
bool hs_follow_waits(void *name);

/** Reads the recording to its end, or until the user quits; shows what the command answers every options->follow seconds. */
void hs_follow(hs_context_t *c, hs_options_t *options, const hs_command_t *command);
