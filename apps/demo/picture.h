/* SPDX-License-Identifier: MIT */
/* A picture for the frame buffer. */
#pragma once

#include <stdint.h>

/** Pixels in a row and in a column; a pixel is a byte, 0 is black. */
#define PICTURE_SIDE 256

/** Draws the Mandelbrot set into PICTURE_SIDE * PICTURE_SIDE bytes. */
void picture_draw(uint8_t *frame);

/** Prints the picture as text. */
void picture_print(const uint8_t *frame);
