/* SPDX-License-Identifier: MIT */
/* See sizes.h. The rules are those of include/esp_heap_caps.h, written a second time. */
#include "sizes.h"

#include <stdio.h>
#include <string.h>

#define GUARDS 96u
#define EDGE 64u
#define OLD_SIZE 200u

/* A block that nobody but judge_begin() writes to. */
typedef struct {
    void *p;
    size_t usable;
    uintptr_t low, high; /* on the data bus */
    uint32_t tag;
} guard_t;

static guard_t guards[GUARDS];
static size_t guard_count;
static api_heap_t heaps[API_MAX_HEAPS];
static size_t heap_count;
static bool external_allowed;
static size_t external_limit;
static unsigned long calls, hook_calls;
static const void *hook_block;

/* Called by the library where CONFIG_HEAP_USE_HOOKS is on. */
void esp_heap_trace_alloc_hook(void *ptr, size_t size, uint32_t caps) {
    (void)size, (void)caps;
    hook_calls++;
    hook_block = ptr;
}

unsigned long judge_calls(void) { return calls; }

void judge_allow_external(size_t limit) {
    external_allowed = true;
    external_limit = limit;
    heap_caps_malloc_extmem_enable(limit);
}

/* What a violation is about, for its message. */
static const entry_t *entry_now;
static ask_t ask_now;

static void expect(bool holds, const char *what) {
    if (holds) return;
    fail_msg("%s, size 0x%lx, alignment 0x%lx, caps 0x%08lx: violated: %s", entry_now->name, (unsigned long)ask_now.size,
             (unsigned long)ask_now.alignment, (unsigned long)ask_now.caps, what);
}

/* ---- memory ---- */

static void bounds_of(const void *p, size_t bytes, uintptr_t *low, uintptr_t *high) {
    uintptr_t first = (uintptr_t)api_word(p, 0), last = (uintptr_t)api_word(p, (ptrdiff_t)((bytes + 3) / 4) - 1);
    *low = first < last ? first : last;
    *high = (first < last ? last : first) + 4;
}

static const api_heap_t *heap_at(uintptr_t low, uintptr_t high) {
    for (size_t i = 0; i < heap_count; i++) {
        if (low >= heaps[i].start && low < heaps[i].end) return high <= heaps[i].end ? &heaps[i] : NULL;
    }
    return NULL;
}

static void put_guard(void *p) {
    if (!p || guard_count == GUARDS) return;
    guard_t *g = &guards[guard_count++];
    g->p = p;
    g->usable = heap_caps_get_allocated_size(p);
    g->tag = 0xD06u * (uint32_t)guard_count;
    bounds_of(p, g->usable, &g->low, &g->high);
    api_fill_words(p, g->usable, g->tag);
}

/* A few blocks in whatever serves the mask, and holes between them. */
static void furnish(uint32_t caps) {
    static const size_t sizes[] = {24, 100, 40, 600, 24, 36};
    void *holes[3];
    size_t hole_count = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (heap_caps_get_largest_free_block(caps) < 2 * sizes[i]) continue;
        void *p = heap_caps_malloc(sizes[i], caps);
        if (i % 2)
            holes[hole_count++] = p;
        else
            put_guard(p);
    }
    while (hole_count > 0) heap_caps_free(holes[--hole_count]);
}

static bool guards_hold(void) {
    bool hold = true;
    for (size_t i = 0; i < guard_count; i++) hold &= api_words_hold(guards[i].p, guards[i].usable, guards[i].tag);
    return hold;
}

int judge_begin(void **state) {
    (void)state;
    api_boot();
    heap_count = api_list_heaps(heaps, API_MAX_HEAPS);
    guard_count = 0;
    for (unsigned bit = 0; bit < 31; bit++) furnish(1u << bit);
    furnish(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    assert_true(guard_count > 3);
    return 0;
}

int judge_end(void **state) {
    (void)state;
    assert_true(heap_caps_check_integrity_all(true));
    assert_true(guards_hold());
    while (guard_count > 0) heap_caps_free(guards[--guard_count].p);
    assert_true(heap_caps_check_integrity_all(true));
    print_message("sizes: %lu calls judged\n", calls);
    return 0;
}

/* ---- what a request comes to ---- */

static bool is_power_of_two(size_t x) { return x != 0 && (x & (x - 1)) == 0; }

/* What the hardware makes of a request. */
static ask_t in_force(ask_t ask) {
    if (ask.alignment < 4) ask.alignment = 4;
    esp_heap_adjust_alignment_to_hw(&ask.alignment, &ask.size, &ask.caps);
    if (ask.caps & API_CAP_EXEC) ask.caps |= MALLOC_CAP_32BIT;
    return ask;
}

/* Whether no machine could serve it. A block that is resized may stay in a heap that has all, whatever new ones may not have
 * together. */
static bool is_impossible(const entry_t *entry, const ask_t *ask) {
    ask_t q = in_force(*ask);
    if (ask->size == 0 || q.size < ask->size || q.size > ch_chip.max_request || q.alignment > 1u << 31) return true;
    if (q.caps & MALLOC_CAP_INVALID) return true;
    return !(entry->takes & TAKES_BLOCK) && (q.caps & API_CAP_EXEC) && (q.caps & (MALLOC_CAP_8BIT | MALLOC_CAP_DMA));
}

/* The capabilities of malloc(): a success has all of the first mask or, with external memory, at least DEFAULT. */
static uint32_t caps_of_libc(void) { return external_allowed ? MALLOC_CAP_DEFAULT : MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL; }

/* ---- a success ---- */

static void touch(const void *p, size_t usable) {
    size_t words = usable / 4, edge = words < EDGE / 4 ? words : EDGE / 4;
    for (size_t i = 0; i < edge; i++) {
        *(volatile uint32_t *)api_word(p, (ptrdiff_t)i) = 0xA11F00D5u;
        *(volatile uint32_t *)api_word(p, (ptrdiff_t)(words - 1 - i)) = 0x5EEDBEADu;
    }
}

/* Of large blocks the ends and every so often a word. */
static bool is_clear(const void *p, size_t words) {
    size_t stride = words > 512 ? words / 256 : 1;
    uint32_t any = 0;
    for (size_t i = 0; i < words; i += i < 64 || i + 64 + stride > words ? 1 : stride)
        any |= *(volatile uint32_t *)api_word(p, (ptrdiff_t)i);
    return any == 0;
}

static void judge_block(const entry_t *entry, const ask_t *ask, void *p) {
    ask_t q = in_force(*ask);
    uintptr_t low, high;
    expect(!is_impossible(entry, ask), "no block for what nobody can have");
    expect(ask->caps != 0 || (entry->takes & TAKES_BLOCK), "no capabilities, no block");
    size_t usable = heap_caps_get_allocated_size(p);
    expect(usable >= q.size, "the block is as long as asked");
    expect(((uintptr_t)p & (q.alignment - 1)) == 0, "the block is aligned as asked");
    expect((uintptr_t)p % 4 == 0 && (CH_CFG_DETECTION || usable % 4 == 0), "the block is made of words");
    bounds_of(p, usable, &low, &high);
    const api_heap_t *heap = heap_at(low, high);
    expect(heap != NULL, "the block lies in one heap");
    expect((heap->all & q.caps & ~(uint32_t)MALLOC_CAP_CACHE_ALIGNED) == (q.caps & ~(uint32_t)MALLOC_CAP_CACHE_ALIGNED),
           "the heap has all that was asked for");
    for (size_t i = 0; i < guard_count; i++) expect(high <= guards[i].low || low >= guards[i].high, "no block overlaps another");
    if (entry->takes & CLEARS)
        expect(is_clear(p, (q.size + ((entry->takes & OF_LIBC) || CH_CFG_DETECTION ? 0 : 3)) / 4),
               "the block, and what rounding added, is clear");
    touch(p, usable);
    if (sizes_many() == SIZES_FEW && calls % 8 != 0) return; /* the next look, or the last, finds it too */
    expect(heap_caps_check_integrity_addr((intptr_t)low, true), "writing both ends hurts nothing of the heap's");
    expect(guards_hold(), "writing both ends hurts no other block");
}

/* ---- a call ---- */

/* Without the callback's NULL where the option ends the program instead. */
static void *call(const entry_t *entry, const ask_t *ask, bool *ended) {
    void *volatile p = NULL;
    *ended = false;
    if (!CH_CFG_ABORT_ON_FAIL) return entry->call(ask);
    if (setjmp(*ch_test_fatal_arm()) == 0)
        p = entry->call(ask);
    else
        *ended = true;
    ch_test_fatal_disarm();
    return p;
}

static void judge_failure(const entry_t *entry, const ask_t *ask, bool ended) {
    const api_failure_t *failure = api_failures();
    bool valid = !(entry->takes & TAKES_ALIGNMENT) || is_power_of_two(ask->alignment);
    bool told = (ask->size != 0 || (entry->takes & COUNTS)) && valid && !(entry->takes & SILENT);
    expect(failure->count == (told ? 1u : 0u), "the callback comes once for a failure that is one, and never else");
    expect(ended == (told && CH_CFG_ABORT_ON_FAIL), "a failure ends the program exactly where the option says so");
    expect(!told || failure->size == ask->size, "the callback is told the size");
    expect(!told || (entry->takes & OF_LIBC) || failure->caps == ask->caps, "the callback is told the capabilities");
    expect(!told || !entry->told || strcmp(failure->name, entry->told) == 0, "the callback is told the function");
    expect(!CH_CFG_USE_HOOKS || hook_calls == 0, "no hook is told of a failure");
}

static bool same(const multi_heap_info_t *a, const multi_heap_info_t *b) {
    return a->total_free_bytes == b->total_free_bytes && a->total_allocated_bytes == b->total_allocated_bytes &&
           a->allocated_blocks == b->allocated_blocks && a->free_blocks == b->free_blocks &&
           a->largest_free_block == b->largest_free_block;
}

static void judge_with_block(const entry_t *entry, ask_t ask) {
    multi_heap_info_t before, now;
    bool ended;
    if (ask.old) api_fill_words(ask.old, OLD_SIZE, 77);
    heap_caps_get_info(&before, 0);
    api_failures_clear();
    hook_calls = 0;
    void *p = call(entry, &ask, &ended);
    if (p) {
        expect(api_failures()->count == 0 && !ended, "a success is no failure");
        expect(!CH_CFG_USE_HOOKS || (hook_calls == 1 && hook_block == p), "the hook is told of the block once");
        if (ask.old) expect(api_words_hold(p, ask.size < OLD_SIZE ? ask.size : OLD_SIZE, 77), "the contents are kept");
        judge_block(entry, &ask, p);
        heap_caps_free(p);
        return;
    }
    judge_failure(entry, &ask, ended);
    if (ask.old && ask.size == 0) return; /* freed */
    heap_caps_get_info(&now, 0);
    expect(same(&before, &now), "a failure changes nothing");
    expect(ask.old || now.minimum_free_bytes == before.minimum_free_bytes, "not even for a moment");
    if (!ask.old) return;
    expect(api_words_hold(ask.old, OLD_SIZE, 77), "a failure leaves the block as it was");
    heap_caps_free(ask.old);
}

void judge(const entry_t *entry, const ask_t *asked) {
    multi_heap_info_t before, after;
    ask_t ask = *asked;
    entry_now = entry;
    calls++;
    if (entry->takes & OF_LIBC) ask.caps = caps_of_libc();
    if (!(entry->takes & TAKES_ALIGNMENT)) ask.alignment = 4;
    ask_now = ask;
    heap_caps_get_info(&before, 0);
    ask.old = entry->takes & TAKES_BLOCK ? heap_caps_malloc(OLD_SIZE, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) : NULL;
    judge_with_block(entry, ask);
    heap_caps_get_info(&after, 0);
    expect(same(&before, &after), "what was taken is given back, and nothing else has changed");
}
