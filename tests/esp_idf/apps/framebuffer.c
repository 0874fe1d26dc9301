/* SPDX-License-Identifier: MIT */
/*
 * Firmware with a display: a framebuffer in external RAM where there is some, lines in DMA memory that the display's bus reads,
 * a table of code in RAM, and what is left of the heap before and after.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_memory_utils.h"
#include "sdkconfig.h"

#define WIDTH 320
#define HEIGHT 170
#define LINES_AT_A_TIME 16

static const char *TAG = "display";

typedef struct {
    uint16_t *frame;
    uint16_t *lines[2];
} display_t;

static esp_err_t display_open(display_t *display) {
    size_t line_bytes = WIDTH * LINES_AT_A_TIME * sizeof(uint16_t);
    display->frame = heap_caps_malloc_prefer(WIDTH * HEIGHT * sizeof(uint16_t), 2, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT,
                                             MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    if (display->frame == NULL) {
        ESP_LOGE(TAG, "no memory for the frame");
        return ESP_ERR_NO_MEM;
    }
    for (int i = 0; i < 2; i++) {
        display->lines[i] = heap_caps_malloc(line_bytes, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
        if (display->lines[i] == NULL) {
            ESP_LOGE(TAG, "no DMA memory for the lines");
            return ESP_ERR_NO_MEM;
        }
    }
    return ESP_OK;
}

static void display_draw(display_t *display) {
    memset(display->frame, 0x5a, WIDTH * HEIGHT * sizeof(uint16_t));
    for (int y = 0, i = 0; y + LINES_AT_A_TIME <= HEIGHT; y += LINES_AT_A_TIME, i = !i) {
        memcpy(display->lines[i], display->frame + y * WIDTH, WIDTH * LINES_AT_A_TIME * sizeof(uint16_t));
        assert(display->lines[i][WIDTH * LINES_AT_A_TIME - 1] == 0x5a5a);
    }
}

static void display_close(display_t *display) {
    heap_caps_free(display->lines[0]);
    heap_caps_free(display->lines[1]);
    heap_caps_free(display->frame);
}

void app_main(void) {
    display_t display = {0};
    size_t before = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    ESP_LOGI(TAG, "internal: %u free, %u at most in one piece; external: %u free",
             (unsigned)heap_caps_get_free_size(MALLOC_CAP_INTERNAL),
             (unsigned)heap_caps_get_largest_free_block(MALLOC_CAP_INTERNAL),
             (unsigned)heap_caps_get_free_size(MALLOC_CAP_SPIRAM));
    ESP_ERROR_CHECK(display_open(&display));
#if !CONFIG_IDF_TARGET_LINUX
#if CONFIG_SPIRAM
    assert(esp_ptr_external_ram(display.frame));
#else
    assert(esp_ptr_internal(display.frame));
#endif
    assert(esp_ptr_dma_capable(display.lines[0]) && esp_ptr_dma_capable(display.lines[1]));
    assert(esp_ptr_word_aligned(display.lines[0]) && esp_ptr_byte_accessible(display.frame));
#endif
    display_draw(&display);

    /* A descriptor and a buffer as peripherals want them. */
    uint32_t *descriptor = heap_caps_aligned_calloc(8, 1, 32, MALLOC_CAP_DMA | MALLOC_CAP_8BIT);
    assert(descriptor != NULL && (uintptr_t)descriptor % 8 == 0 && descriptor[0] == 0 && descriptor[7] == 0);
    uint8_t *buffer = heap_caps_aligned_alloc(64, 1000, MALLOC_CAP_DMA);
    assert(buffer != NULL && (uintptr_t)buffer % 64 == 0);
    buffer[999] = 1;
#ifdef MALLOC_CAP_EXEC
    uint32_t *code = heap_caps_malloc(128, MALLOC_CAP_EXEC);
    assert(code != NULL);
    ESP_LOGI(TAG, "code at %p", (void *)code);
    heap_caps_free(code);
#endif
    heap_caps_free(buffer);
    heap_caps_free(descriptor);

    heap_caps_print_heap_info(MALLOC_CAP_8BIT);
    display_close(&display);
    assert(heap_caps_get_free_size(MALLOC_CAP_8BIT) == before);
    assert(heap_caps_check_integrity_all(true));
}
