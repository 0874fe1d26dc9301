/* SPDX-License-Identifier: MIT */
/*
 * Tasks for tests of task tracking: who runs is what the test says, as the functions of the port are the test's own. A task is a
 * handle and a name; real ones are in tests/freertos.
 */
#pragma once

#include "api_setup.h"

#include "esp_heap_task_info.h"

/* Who allocates from now on: a task, NULL: what runs before the scheduler. */
void api_task_run(void *handle);
/* Whether the port says that an interrupt handler runs. */
void api_task_interrupt(bool inside);
/* A handle that no other test has, and that nobody can get from the heap; its name is "task-" and its number. */
void *api_task_new(void);
/* The same, and it runs. */
void *api_task_run_new(void);
/* Name of a task as the port gives it; NULL: of one that has none. */
const char *api_task_name(const void *handle);
/* From now on a handle has this name. */
void api_task_rename(void *handle, const char *name);

/* Bytes of the whole block at p, as a walk shows it; 0: there is none. */
size_t api_whole_block(const void *p);

/* The numbers of one task, without lists; all 0 if it is not known. */
task_stat_t api_task_stat(void *handle);

/* Setup of a group; setup and teardown of a test: it begins with a table of no living tasks. */
int api_tasks_boot(void **state);
int api_tasks_begin(void **state);
int api_tasks_verify(void **state);

#define TASK_TEST(f) cmocka_unit_test_setup_teardown(f, api_tasks_begin, api_tasks_verify)
