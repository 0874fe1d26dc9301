/* SPDX-License-Identifier: MIT */
/* RAM at chosen addresses; from ports/posix without its lock. */
#pragma once

#include "../../../ports/posix/posix_ram.h"
