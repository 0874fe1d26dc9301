/* SPDX-License-Identifier: MIT */
/* Failed requests: the callback, and the option to end the program. Works without printf and without the heap. */
#include "base/compiler.h"
#include "capheap/port.h"
#include "caps/caps_base.h"
#include "esp_heap_caps.h"
#include "event.h"

static esp_alloc_failed_hook_t failed_callback;

esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback) {
    if (!callback) return ESP_ERR_INVALID_ARG;
    CH_STORE_LINK(failed_callback, callback);
    return ESP_OK;
}

/** Writes value as eight hexadecimal digits. */
static void put_hex(char *digits, uint32_t value) {
    for (int i = 7; i >= 0; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
}

HEAP_IRAM_ATTR void *ch_caps_failed(size_t size, uint32_t caps, const char *function_name) {
    ch_event_failed(size, caps, function_name);
    esp_alloc_failed_hook_t callback = CH_LOAD_LINK(failed_callback);
    if (callback) callback(size, caps, function_name);
    if (CH_CFG_ABORT_ON_FAIL) {
        static char text[] = "Mem alloc fail. size 0x........ caps 0x........";
        put_hex(text + 23, (uint32_t)size);
        put_hex(text + 39, caps);
        ch_port_fatal(text, NULL);
    }
    return NULL;
}
