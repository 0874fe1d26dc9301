/* SPDX-License-Identifier: MIT */
/* What this port offers beside the contract of capheap/port.h and the kernel's own pvPortMalloc family. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Name of a task, for reports.
 *
 * @param task a handle as ch_port_task_id() returned it; NULL is what runs before the scheduler, and named "startup"
 * @return text that lives as long as the task. The task must not have been deleted: its name is in the memory that went with it.
 *
 * Takes no lock; any context.
 */
const char *ch_freertos_task_name(const void *task);

#ifdef __cplusplus
}
#endif
