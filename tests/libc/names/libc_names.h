/* SPDX-License-Identifier: MIT */
/*
 * On a workstation the test program lives from the host's malloc. So src/libc and its test are compiled with other names there
 * (-include this file); on boards they have their own.
 */
#pragma once

#define malloc ch_test_malloc
#define calloc ch_test_calloc
#define realloc ch_test_realloc
#define reallocarray ch_test_reallocarray
#define free ch_test_free
#define cfree ch_test_cfree
#define memalign ch_test_memalign
#define aligned_alloc ch_test_aligned_alloc
#define posix_memalign ch_test_posix_memalign
#define valloc ch_test_valloc
#define pvalloc ch_test_pvalloc
#define malloc_usable_size ch_test_malloc_usable_size
#define malloc_trim ch_test_malloc_trim
#define mallopt ch_test_mallopt
#define malloc_stats ch_test_malloc_stats
#define malloc_info ch_test_malloc_info
#define mallinfo ch_test_mallinfo
#define mallinfo2 ch_test_mallinfo2
