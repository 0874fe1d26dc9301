/* SPDX-License-Identifier: MIT */
#include "debug/stream_frame.h"

/** The check sum over four bits: sixteen words instead of 256, for two steps a byte. */
static const uint16_t crc_table[16] = {
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
    0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
};

CH_INLINE uint16_t crc_of(uint16_t crc, uint8_t byte) {
    crc = (uint16_t)(crc << 4 ^ crc_table[(crc >> 12 ^ byte >> 4) & 15]);
    return (uint16_t)(crc << 4 ^ crc_table[(crc >> 12 ^ byte) & 15]);
}

/** One byte through COBS. Bodies are so short that no code reaches 255, which would need a code byte without a zero. */
static CH_IRAM void stuff(ch_frame_t *f, uint8_t byte) {
    if (byte) {
        f->bytes[f->length++] = byte;
        return;
    }
    f->bytes[f->code] = (uint8_t)(f->length - f->code);
    f->code = (uint8_t)f->length++;
}

static void add(ch_frame_t *f, uint8_t byte) {
    f->crc = crc_of(f->crc, byte);
    stuff(f, byte);
}

void ch_frame_begin(ch_frame_t *f, unsigned type) {
    f->length = 1;
    f->code = 0;
    f->crc = CH_TRACE_CRC_START;
    f->spoilt = false;
    add(f, (uint8_t)type);
}

CH_IRAM void ch_frame_byte(ch_frame_t *f, uint8_t byte) {
    if (f->length + CH_TRACE_TRAILER > CH_TRACE_BODY_MAX) f->spoilt = true;
    if (!f->spoilt) add(f, byte);
}

CH_IRAM void ch_frame_number(ch_frame_t *f, uint64_t number) {
    for (; number >> 7; number >>= 7) ch_frame_byte(f, (uint8_t)(number | 0x80));
    ch_frame_byte(f, (uint8_t)number);
}

CH_IRAM void ch_frame_signed(ch_frame_t *f, int64_t number) {
    uint64_t sign = number < 0 ? UINT64_MAX : 0;
    ch_frame_number(f, (uint64_t)number << 1 ^ sign);
}

CH_IRAM void ch_frame_text(ch_frame_t *f, const char *text, size_t most) {
    size_t length = 0;
    while (text && length < most && text[length]) length++;
    ch_frame_number(f, length);
    for (size_t i = 0; i < length; i++) ch_frame_byte(f, (uint8_t)text[i]);
}

CH_IRAM void ch_frame_end(ch_frame_t *f, uint16_t time, uint8_t sequence) {
    add(f, (uint8_t)time);
    add(f, (uint8_t)(time >> 8));
    add(f, sequence);
    uint16_t crc = f->crc;
    stuff(f, (uint8_t)crc);
    stuff(f, (uint8_t)(crc >> 8));
    stuff(f, 0); /* closes the last code; its place becomes the end mark */
    f->bytes[f->code] = 0;
}
