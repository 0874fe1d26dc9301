/* SPDX-License-Identifier: MIT */
/* Placement attributes; for platforms that bring no esp_attr.h. A port may define them for all files on the command line. */
#pragma once

#ifndef IRAM_ATTR
#define IRAM_ATTR
#endif
#ifndef DRAM_ATTR
#define DRAM_ATTR
#endif
