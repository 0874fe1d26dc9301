/* SPDX-License-Identifier: MIT */
/*
 * Constants of the contract, and the layout of its structures: sizes on 32 bits, order of members everywhere. Compiling is the
 * test.
 */
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_heap_trace.h"
#include "heap_memory_layout.h"
#include "multi_heap.h"
#include "multi_heap_internal.h"
#include "multi_heap_platform.h"

#define SAME(a, b) _Static_assert((a) == (b), #a " is not " #b)
#define SIZE32(type, bytes) _Static_assert(sizeof(void *) != 4 || sizeof(type) == (bytes), #type ": not " #bytes " bytes")
#define AT32(type, member, offset)                                                                                               \
    _Static_assert(sizeof(void *) != 4 || offsetof(type, member) == (offset), #type "." #member " is not at " #offset)
#define NEXT(type, a, b) _Static_assert(offsetof(type, a) < offsetof(type, b), #type ": " #b " is not behind " #a)

SAME(ESP_OK, 0);
SAME(ESP_FAIL, -1);
SAME(ESP_ERR_NO_MEM, 0x101);
SAME(ESP_ERR_INVALID_ARG, 0x102);
SAME(ESP_ERR_INVALID_STATE, 0x103);
SAME(ESP_ERR_INVALID_SIZE, 0x104);
SAME(ESP_ERR_NOT_FOUND, 0x105);
SAME(ESP_ERR_NOT_SUPPORTED, 0x106);

SAME(MALLOC_CAP_32BIT, 0x00000002u);
SAME(MALLOC_CAP_8BIT, 0x00000004u);
SAME(MALLOC_CAP_DMA, 0x00000008u);
SAME(MALLOC_CAP_PID2, 0x00000010u);
SAME(MALLOC_CAP_PID3, 0x00000020u);
SAME(MALLOC_CAP_PID4, 0x00000040u);
SAME(MALLOC_CAP_PID5, 0x00000080u);
SAME(MALLOC_CAP_PID6, 0x00000100u);
SAME(MALLOC_CAP_PID7, 0x00000200u);
SAME(MALLOC_CAP_SPIRAM, 0x00000400u);
SAME(MALLOC_CAP_INTERNAL, 0x00000800u);
SAME(MALLOC_CAP_DEFAULT, 0x00001000u);
SAME(MALLOC_CAP_IRAM_8BIT, 0x00002000u);
SAME(MALLOC_CAP_RETENTION, 0x00004000u);
SAME(MALLOC_CAP_RTCRAM, 0x00008000u);
SAME(MALLOC_CAP_SPM, 0x00010000u);
SAME(MALLOC_CAP_DMA_DESC_AHB, 0x00020000u);
SAME(MALLOC_CAP_DMA_DESC_AXI, 0x00040000u);
SAME(MALLOC_CAP_CACHE_ALIGNED, 0x00080000u);
SAME(MALLOC_CAP_SIMD, 0x00100000u);
SAME(MALLOC_CAP_SPIRAM_NO_ENC, 0x00200000u);
SAME(MALLOC_CAP_INVALID, 0x80000000u);

/* The flag for code exists exactly where heaps may hold code. */
#if defined CONFIG_HEAP_HAS_EXEC_HEAP != defined MALLOC_CAP_EXEC
#error "MALLOC_CAP_EXEC and CONFIG_HEAP_HAS_EXEC_HEAP disagree"
#endif
#ifdef MALLOC_CAP_EXEC
SAME(MALLOC_CAP_EXEC, 0x00000001u);
#endif

SAME(SOC_MEMORY_TYPE_NO_PRIOS, 3);
SAME(HEAP_TRACE_ALL, 0);
SAME(HEAP_TRACE_LEAKS, 1);

SIZE32(multi_heap_info_t, 28);
AT32(multi_heap_info_t, total_free_bytes, 0);
AT32(multi_heap_info_t, total_allocated_bytes, 4);
AT32(multi_heap_info_t, largest_free_block, 8);
AT32(multi_heap_info_t, minimum_free_bytes, 12);
AT32(multi_heap_info_t, allocated_blocks, 16);
AT32(multi_heap_info_t, free_blocks, 20);
AT32(multi_heap_info_t, total_blocks, 24);

SIZE32(walker_heap_into_t, 8);
SIZE32(struct walker_heap_info, 8);
NEXT(walker_heap_into_t, start, end);
SIZE32(walker_block_info_t, 12);
SIZE32(struct walker_block_info, 12);
NEXT(walker_block_info_t, ptr, size);
NEXT(walker_block_info_t, size, used);

SIZE32(soc_memory_type_desc_t, 16);
NEXT(soc_memory_type_desc_t, name, caps);
SIZE32(soc_memory_region_t, 20);
AT32(soc_memory_region_t, start, 0);
AT32(soc_memory_region_t, size, 4);
AT32(soc_memory_region_t, type, 8);
AT32(soc_memory_region_t, iram_address, 12);
AT32(soc_memory_region_t, startup_stack, 16);
SIZE32(soc_reserved_region_t, 8);
NEXT(soc_reserved_region_t, start, end);

AT32(heap_trace_record_t, ccount, 0);
AT32(heap_trace_record_t, address, 4);
AT32(heap_trace_record_t, size, 8);
AT32(heap_trace_record_t, freed, 12);
AT32(heap_trace_record_t, alloced_by, 16);
AT32(heap_trace_record_t, freed_by, 16 + 4 * CONFIG_HEAP_TRACING_STACK_DEPTH);
#ifdef CONFIG_HEAP_TRACE_HASH_MAP
SIZE32(struct heap_trace_record_t, 44);
SIZE32(heap_trace_summary_t, 36);
#else
SIZE32(struct heap_trace_record_t, 16 + 8 * CONFIG_HEAP_TRACING_STACK_DEPTH);
SIZE32(heap_trace_summary_t, 28);
#endif

/* Macros that firmware uses: they must expand to something that compiles. */
void uses_macros(multi_heap_lock_t *lock);
SOC_RESERVE_MEMORY_REGION(0, 0, by_the_layout_test)

HEAP_IRAM_ATTR void uses_macros(multi_heap_lock_t *lock) {
    MULTI_HEAP_LOCK_INIT(lock);
    MULTI_HEAP_LOCK(lock);
    MULTI_HEAP_UNLOCK(lock);
    MULTI_HEAP_PRINTF("%d\n", MULTI_HEAP_BLOCK_OWNER_SIZE());
    MULTI_HEAP_STDERR_PRINTF("%d\n", 1);
    MULTI_HEAP_ASSERT(MULTI_HEAP_GET_BLOCK_OWNER(lock) == NULL, lock);
    MULTI_HEAP_SET_BLOCK_OWNER(MULTI_HEAP_REMOVE_BLOCK_OWNER_OFFSET(MULTI_HEAP_ADD_BLOCK_OWNER_OFFSET(lock)));
    static multi_heap_lock_t open = MULTI_HEAP_LOCK_STATIC_INITIALIZER;
    *lock = open;
}
