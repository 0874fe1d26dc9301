/* SPDX-License-Identifier: MIT */
/* ESP-IDF finds the kernel's headers under freertos/ only; what is in them is the same. */
#pragma once

#include "../../kernel/task.h"
