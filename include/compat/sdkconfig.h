/* SPDX-License-Identifier: MIT */
/* Build configuration; for platforms that bring no sdkconfig.h. Options come from the compiler's command line instead. */
#pragma once
