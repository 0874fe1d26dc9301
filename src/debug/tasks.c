/* SPDX-License-Identifier: MIT */
/* Booking for task tracking: tasks.h has the picture and the rules. */
#include "debug/tasks.h"

#include <string.h>

#include "capheap/port.h"
#include "capheap/task_tracking.h"
#include "caps/owned.h"
#include "esp_heap_caps.h"
#include "event.h"

/* The smallest power of two that is no less than n, up to 256. */
#define POWER_FROM(n) ((n) <= 8 ? 8 : (n) <= 16 ? 16 : (n) <= 32 ? 32 : (n) <= 64 ? 64 : (n) <= 128 ? 128 : 256)

enum { BUCKETS = POWER_FROM(CH_TASKS), SLOTS = POWER_FROM(2 * CH_CFG_TRACKED_HEAPS) };

static struct {
    ch_port_lock_t lock;
    uint32_t births;
    uint32_t fresh;           /* entries that were ever used, beside the special ones */
    uint32_t columns;         /* heaps that have a column of their own */
    uint8_t first, last;      /* spare entries; 0: none */
    uint8_t buckets[BUCKETS]; /* numbers of entries */
    uint8_t slots[SLOTS];     /* columns + 1, by a hash of the heap */
    multi_heap_handle_t heaps[CH_TASK_HEAPS];
    ch_task_t tasks[CH_TASKS];
} books = {.lock = CH_PORT_LOCK_INIT};

CH_INLINE ch_task_t *entry_of(uint32_t number) { return &books.tasks[number - 1]; }

CH_INLINE uint32_t hash_of(const void *p) { return (uint32_t)((uintptr_t)p >> 3) * 0x9E3779B1u >> 16; }

CH_INLINE uint8_t *bucket_of(const void *handle) { return &books.buckets[hash_of(handle) % BUCKETS]; }

/* ---- entries; under the lock ---- */

static CH_IRAM uint32_t living(const void *handle) {
    if (!handle) return CH_TASK_EARLY;
    if (handle == CH_TASK_INTERRUPTS) return CH_TASK_INTERRUPT;
    if (handle == CH_TASK_OTHERS) return CH_TASK_OTHER;
    uint32_t number = *bucket_of(handle);
    while (number && entry_of(number)->handle != handle) number = entry_of(number)->next;
    return number;
}

/** Entry without a task, 0: there is none. Those that were never used come first: so the dead are remembered long. */
static CH_IRAM uint32_t spare_entry(void) {
    if (books.fresh < CH_CFG_TRACKED_TASKS) return CH_TASK_FIRST + books.fresh++;
    uint32_t number = books.first;
    if (number) books.first = entry_of(number)->next;
    if (!books.first) books.last = 0;
    return number;
}

static CH_IRAM void put_spare(uint32_t number) {
    entry_of(number)->next = 0;
    if (books.last)
        entry_of(books.last)->next = (uint8_t)number;
    else
        books.first = (uint8_t)number;
    books.last = (uint8_t)number;
}

/** Takes an entry out of the table, for a new task: nobody looks at it until it is entered. 0: the table is full. */
static CH_IRAM uint32_t take_entry(void) {
    uint32_t number = spare_entry();
    if (number) entry_of(number)->born = 0;
    return number;
}

/** Fills an entry that was taken. It is many words: this is done without the lock. */
static CH_IRAM void prepare(ch_task_t *task, void *handle, const char *name) {
    uint32_t i = 0;
    for (; i < CH_TASK_NAME - 1 && name[i]; i++) task->name[i] = name[i];
    task->name[i] = '\0';
    task->handle = handle, task->alive = true;
    task->bytes = task->peak = 0;
    task->blocks = task->allocations = 0;
    task->heaps = 0;
    memset(task->cells, 0, sizeof task->cells);
}

static CH_IRAM void enter(uint32_t number) {
    ch_task_t *task = entry_of(number);
    uint8_t *bucket = bucket_of(task->handle);
    task->born = ++books.births;
    task->next = *bucket, *bucket = (uint8_t)number;
}

/** A task is no more. */
static CH_IRAM void die(uint32_t number) {
    ch_task_t *task = entry_of(number);
    uint8_t *link = bucket_of(task->handle);
    while (*link != number) link = &entry_of(*link)->next;
    *link = task->next;
    task->alive = false;
    if (task->blocks == 0) put_spare(number);
}

CH_INLINE void see_death(const void *handle) {
    uint32_t number = living(handle);
    if (number >= CH_TASK_FIRST) die(number);
}

static CH_IRAM uint32_t column_of(multi_heap_handle_t heap, bool make) {
    uint32_t slot = hash_of(heap) % SLOTS;
    for (; books.slots[slot]; slot = (slot + 1) % SLOTS) {
        if (books.heaps[books.slots[slot] - 1] == heap) return books.slots[slot] - 1u;
    }
    if (!make || books.columns == CH_CFG_TRACKED_HEAPS) return CH_CFG_TRACKED_HEAPS;
    books.heaps[books.columns] = heap;
    books.slots[slot] = (uint8_t)++books.columns;
    return books.columns - 1;
}

/* ---- accounts; under the lock ---- */

/** Books a block in; returns its word. */
static CH_IRAM uint32_t book_in(uint32_t number, multi_heap_handle_t heap, size_t bytes) {
    ch_task_t *task = entry_of(number);
    ch_task_cell_t *cell = &task->cells[column_of(heap, true)];
    if (!cell->place) cell->place = ++task->heaps;
    if (!task->born) task->born = ++books.births; /* a special one */
    cell->bytes += bytes, cell->blocks++;
    if (cell->bytes > cell->peak) cell->peak = cell->bytes;
    task->bytes += bytes, task->blocks++;
    if (task->bytes > task->peak) task->peak = task->bytes;
    return number << CH_TASK_SHIFT | (task->allocations++ & CH_TASK_ORDER);
}

static CH_IRAM void book_out(uint32_t word, multi_heap_handle_t heap, size_t bytes) {
    uint32_t number = word >> CH_TASK_SHIFT;
    if (number == CH_TASK_NOBODY || number > CH_TASKS) return;
    ch_task_t *task = entry_of(number);
    ch_task_cell_t *cell = &task->cells[column_of(heap, false)];
    if (!cell->blocks || cell->bytes < bytes) return; /* T3 */
    cell->bytes -= bytes, cell->blocks--;
    task->bytes -= bytes, task->blocks--;
    if (!task->blocks && !task->alive && number >= CH_TASK_FIRST) put_spare(number);
}

/* ---- who calls ---- */

static CH_IRAM void *owner_now(void) {
    return ch_port_in_interrupt && ch_port_in_interrupt() ? CH_TASK_INTERRUPTS : ch_port_task_id();
}

/** The name of a task that has none. */
static CH_IRAM void name_by_handle(char name[CH_TASK_NAME], const void *handle) {
    uintptr_t rest = (uintptr_t)handle;
    for (uint32_t i = CH_TASK_NAME - 1; i-- > 0; rest >>= 4) name[i] = "0123456789abcdef"[rest & 15];
    name[CH_TASK_NAME - 1] = '\0';
}

/** The entry of a task that is not in the table: its name is asked for without the lock. */
static CH_NOINLINE CH_IRAM void enter_now(void *handle) {
    char digits[CH_TASK_NAME];
    const char *name = ch_port_task_name ? ch_port_task_name(handle) : NULL;
    if (!name) name_by_handle(digits, handle), name = digits;
    ch_port_state_t state = ch_port_lock(&books.lock);
    uint32_t number = take_entry();
    ch_port_unlock(&books.lock, state);
    if (!number) return;
    prepare(entry_of(number), handle, name);
    state = ch_port_lock(&books.lock);
    if (living(handle))
        put_spare(number);
    else
        enter(number);
    ch_port_unlock(&books.lock, state);
}

/** Books a block in for the caller, and what it was before out; writes its word. */
static CH_IRAM void book(const ch_tasks_leaving_t *was, multi_heap_handle_t heap, const void *block) {
    void *handle = owner_now();
    size_t bytes = ch_heap_bytes_at(heap, block);
    if (bytes == 0) return;
    ch_port_state_t state = ch_port_lock(&books.lock);
    uint32_t number = living(handle);
    if (CH_UNLIKELY(!number)) {
        ch_port_unlock(&books.lock, state);
        enter_now(handle);
        state = ch_port_lock(&books.lock);
        number = living(handle);
        if (!number) number = CH_TASK_OTHER; /* the table is full */
    }
    if (was) book_out(was->word, was->heap, was->bytes);
    uint32_t word = book_in(number, heap, bytes);
    CH_STORE_RELAXED(*ch_owner_task(block), word);
    ch_port_unlock(&books.lock, state);
}

/* ---- events ---- */

CH_IRAM void ch_tasks_allocated(multi_heap_handle_t heap, const void *block) { book(NULL, heap, block); }

CH_IRAM void ch_tasks_allocated_at(const void *ptr) {
    ch_owned_place_t at = ch_owned_find(ptr);
    if (at.block) book(NULL, at.heap, at.block);
}

CH_IRAM void ch_tasks_freed(multi_heap_handle_t heap, const void *block, const void *ptr) {
    size_t bytes = ch_heap_bytes_at(heap, block);
    ch_port_state_t state = ch_port_lock(&books.lock);
    uint32_t *word = ch_owner_task(block);
    if (bytes) {
        book_out(*word, heap, bytes);
        CH_STORE_RELAXED(*word, CH_OWNED_BY_NOBODY); /* a second free, at the same time, finds nothing to book */
    }
    see_death(ptr);
    ch_port_unlock(&books.lock, state);
}

CH_IRAM ch_tasks_leaving_t ch_tasks_leaves(multi_heap_handle_t heap, const void *block) {
    return (ch_tasks_leaving_t){heap, ch_heap_bytes_at(heap, block), CH_LOAD_RELAXED(*ch_owner_task(block))};
}

CH_IRAM void ch_tasks_resized(ch_tasks_leaving_t was, multi_heap_handle_t heap, const void *block) { book(&was, heap, block); }

CH_IRAM void ch_task_deleted(const void *task) {
    ch_port_state_t state = ch_port_lock(&books.lock);
    see_death(task);
    ch_port_unlock(&books.lock, state);
}

/* ---- what the lists are made of ---- */

/** The special entries have neither handle nor name in the table. */
static void complete(uint32_t number, ch_task_t *copy) {
    static void *const handles[] = {NULL, CH_TASK_INTERRUPTS, CH_TASK_OTHERS};
    static const char *const names[] = {"Pre-scheduler", "Interrupts", "Other tasks"};
    if (number >= CH_TASK_FIRST) return;
    copy->handle = handles[number - 1];
    copy->alive = true;
    memcpy(copy->name, names[number - 1], strlen(names[number - 1]) + 1);
}

bool ch_tasks_any(uint32_t number, ch_task_t *copy) {
    if (number == CH_TASK_NOBODY || number > CH_TASKS) return false;
    ch_port_state_t state = ch_port_lock(&books.lock);
    bool there = entry_of(number)->born != 0;
    if (there) *copy = *entry_of(number);
    ch_port_unlock(&books.lock, state);
    if (there) complete(number, copy);
    return there;
}

bool ch_tasks_read(uint32_t number, ch_task_t *copy) {
    return ch_tasks_any(number, copy) && (number < CH_TASK_FIRST || copy->alive || CH_CFG_TRACK_DELETED_TASKS);
}

/** Whether a comes before b in lists. */
static bool is_before(const ch_task_t *a, const ch_task_t *b) {
    if (a->handle != b->handle) return (uintptr_t)a->handle > (uintptr_t)b->handle;
    return a->alive != b->alive ? a->alive : a->born > b->born;
}

uint32_t ch_tasks_next(uint32_t number, ch_task_t *copy) {
    ch_task_t before = *copy, task;
    uint32_t best = 0;
    for (uint32_t i = 1; i <= CH_TASKS; i++) {
        if (!ch_tasks_read(i, &task) || i == number || (number && !is_before(&before, &task))) continue;
        if (!best || is_before(&task, copy)) best = i, *copy = task;
    }
    return best;
}

uint32_t ch_tasks_find(const void *handle) {
    ch_task_t task;
    uint32_t best = 0, born = 0;
    ch_port_state_t state = ch_port_lock(&books.lock);
    uint32_t number = living(handle);
    ch_port_unlock(&books.lock, state);
    if (number) return ch_tasks_read(number, &task) ? number : 0;
    for (uint32_t i = CH_TASK_FIRST; i <= CH_TASKS; i++) {
        if (ch_tasks_read(i, &task) && task.handle == handle && task.born > born) best = i, born = task.born;
    }
    return best;
}

uint32_t ch_tasks_caller(void) { return ch_tasks_find(owner_now()); }

uint32_t ch_tasks_column(multi_heap_handle_t heap) {
    ch_port_state_t state = ch_port_lock(&books.lock);
    uint32_t column = column_of(heap, false);
    ch_port_unlock(&books.lock, state);
    return column;
}
