/* SPDX-License-Identifier: MIT */
/*
 * The Mandelbrot set in whole numbers: coordinates have 12 bits behind the point, so the picture is the same on every machine.
 * As text, each character stands for a cell of pixels, twice as high as wide, and gets darker ink for brighter cells.
 */
#include "picture.h"

#include <stdio.h>

#define POINT 12 /* bits behind the point */
#define ONE (1 << POINT)
#define ROUNDS 96
#define CELL_WIDTH 4
#define CELL_HEIGHT 8

/** Brightness of a point: how long it stays near 0; black if it does for ever. */
static uint8_t brightness(int32_t x0, int32_t y0) {
    int32_t x = 0, y = 0, round = 0;
    while (round < ROUNDS && (x * x + y * y) >> POINT < 4 * ONE) {
        int32_t next = ((x * x - y * y) >> POINT) + x0;
        y = (2 * x * y >> POINT) + y0;
        x = next;
        round++;
    }
    if (round == ROUNDS) return 0;
    return (uint8_t)(round >= 21 ? 255 : 12 * round + 3);
}

void picture_draw(uint8_t *frame) {
    const int32_t left = -9 * ONE / 4, top = -3 * ONE / 2, side = 3 * ONE;
    for (int32_t row = 0; row < PICTURE_SIDE; row++) {
        for (int32_t column = 0; column < PICTURE_SIDE; column++) {
            *frame++ = brightness(left + side * column / PICTURE_SIDE, top + side * row / PICTURE_SIDE);
        }
    }
}

static unsigned mean_of_cell(const uint8_t *corner) {
    unsigned sum = 0;
    for (unsigned row = 0; row < CELL_HEIGHT; row++) {
        for (unsigned column = 0; column < CELL_WIDTH; column++) sum += corner[row * PICTURE_SIDE + column];
    }
    return sum / (CELL_WIDTH * CELL_HEIGHT);
}

void picture_print(const uint8_t *frame) {
    static const char ink[] = " .:-=+*#%@";
    for (unsigned row = 0; row < PICTURE_SIDE; row += CELL_HEIGHT) {
        char line[PICTURE_SIDE / CELL_WIDTH + 1];
        unsigned length = 0;
        for (unsigned column = 0; column < PICTURE_SIDE; column += CELL_WIDTH) {
            unsigned mean = mean_of_cell(frame + row * PICTURE_SIDE + column);
            line[length++] = ink[mean * (sizeof ink - 1) / 256];
        }
        while (length > 0 && line[length - 1] == ' ') length--;
        printf("    %.*s\n", (int)length, line);
    }
}
