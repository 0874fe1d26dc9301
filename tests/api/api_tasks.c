/* SPDX-License-Identifier: MIT */
/* See api_tasks.h. */
#include "api_tasks.h"

#include <stdio.h>
#include <string.h>

#include "capheap/task_tracking.h"
#include "frame_bytes.h"

enum { NAMED_MAX = 1000, HANDLES_FROM = 0x40 };

static struct {
    const void *handle;
    char name[24];
} named[NAMED_MAX] CH_TEST_LARGE;
static unsigned named_count;

static void *running;
static bool inside_interrupt;
static uintptr_t handles = HANDLES_FROM;

void *ch_port_task_id(void) { return running; }

int ch_port_in_interrupt(void) { return inside_interrupt; }

const char *ch_port_task_name(const void *task) { return api_task_name(task); }

void api_task_run(void *handle) { running = handle; }

void api_task_interrupt(bool inside) { inside_interrupt = inside; }

const char *api_task_name(const void *handle) {
    for (unsigned i = 0; i < named_count; i++) {
        if (named[i].handle == handle) {
            return named[i].name;
        }
    }
    return NULL;
}

void api_task_rename(void *handle, const char *name) {
    unsigned i = 0;
    while (i < named_count && named[i].handle != handle) {
        i++;
    }
    assert_true(i < NAMED_MAX);
    named[i].handle = handle;
    snprintf(named[i].name, sizeof(named[i].name), "%s", name);
    named_count += i == named_count;
}

void *api_task_new(void) {
    char name[24];
    void *handle = (void *)(handles += 0x10);
    snprintf(name, sizeof(name), "task-%u", (unsigned)((handles - HANDLES_FROM) / 0x10));
    if (named_count < NAMED_MAX) {
        api_task_rename(handle, name);
    }
    return handle;
}

void *api_task_run_new(void) {
    void *task = api_task_new();
    api_task_run(task);
    return task;
}

typedef struct {
    const void *user;
    size_t bytes;
} sought_t;

static bool see(walker_heap_into_t heap, walker_block_info_t block, void *data) {
    (void)heap;
    sought_t *sought = data;
    if (block.used && frame_user(block.ptr) == sought->user) {
        sought->bytes = block.size;
    }
    return sought->bytes == 0;
}

size_t api_whole_block(const void *p) {
    sought_t sought = {api_data_address(p), 0};
    heap_caps_walk_all(see, &sought);
    return sought.bytes;
}

task_stat_t api_task_stat(void *handle) {
    heap_single_task_stat_t stat;
    memset(&stat, 0, sizeof(stat));
    if (heap_caps_get_single_task_stat(&stat, (TaskHandle_t)handle) != ESP_OK) {
        memset(&stat, 0, sizeof(stat));
    }
    return stat.stat;
}

int api_tasks_boot(void **state) {
    (void)state;
    api_boot();
    api_enable_stacks();
    return 0;
}

int api_tasks_begin(void **state) {
    running = NULL;
    inside_interrupt = false;
    for (uintptr_t handle = HANDLES_FROM; handle <= handles; handle += 0x10) {
        ch_task_deleted((void *)handle);
    }
    return api_mark(state);
}

/* Blocks that are held back count as used. */
int api_tasks_verify(void **state) {
    if (!FRAME_HOLDS_BACK) {
        return api_verify(state);
    }
    assert_true(heap_caps_check_integrity_all(true));
    return 0;
}
