/* SPDX-License-Identifier: MIT */
#include "debug/stream_frame.h"

/**
 * The check sum over a byte. x ^ x >> 4 is what eight steps of division leave of the byte; the three shifts are the polynomial's
 * three terms. So there is no table, which interrupt handlers could not read while the flash cache is off.
 */
CH_INLINE uint32_t crc_of(uint32_t crc, uint8_t byte) {
    uint32_t x = (crc >> 8 ^ byte) & 0xff;
    x ^= x >> 4;
    return (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xffff;
}

/** Where a frame ends, in registers while bytes are added. */
typedef struct {
    uint8_t *at, *code;
} end_t;

/** One byte through COBS. Bodies are so short that no code reaches 255, which would need a code byte without a zero. */
CH_INLINE void stuff(end_t *e, uint8_t byte) {
    if (CH_LIKELY(byte)) {
        *e->at++ = byte;
        return;
    }
    *e->code = (uint8_t)(e->at - e->code);
    e->code = e->at++;
}

CH_INLINE end_t end_of(ch_frame_t *f) { return (end_t){f->bytes + f->length, f->bytes + f->code}; }

CH_INLINE void keep_end(ch_frame_t *f, end_t e) {
    f->length = (uint16_t)(e.at - f->bytes);
    f->code = (uint8_t)(e.code - f->bytes);
}

static CH_IRAM void add(ch_frame_t *f, uint8_t byte) {
    end_t e = end_of(f);
    f->crc = (uint16_t)crc_of(f->crc, byte);
    stuff(&e, byte);
    keep_end(f, e);
}

CH_IRAM void ch_frame_begin(ch_frame_t *f, unsigned type) {
    f->length = 1;
    f->code = 0;
    f->crc = CH_TRACE_CRC_START;
    f->spoilt = false;
    add(f, (uint8_t)type);
}

CH_IRAM void ch_frame_byte(ch_frame_t *f, uint8_t byte) {
    if (CH_UNLIKELY(f->length + CH_TRACE_TRAILER > CH_TRACE_BODY_MAX)) f->spoilt = true;
    if (CH_LIKELY(!f->spoilt)) add(f, byte);
}

CH_IRAM void ch_frame_number(ch_frame_t *f, uint64_t number) {
    uint32_t low = (uint32_t)number;
    while (CH_UNLIKELY(number >> 32)) { /* rare: 64-bit shifts are slow where registers have 32 */
        ch_frame_byte(f, (uint8_t)(low | 0x80));
        number >>= 7;
        low = (uint32_t)number;
    }
    for (; low >> 7; low >>= 7) ch_frame_byte(f, (uint8_t)(low | 0x80));
    ch_frame_byte(f, (uint8_t)low);
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
    end_t e = end_of(f);
    uint8_t low = (uint8_t)time, high = (uint8_t)(time >> 8);
    uint32_t crc = crc_of(crc_of(crc_of(f->crc, low), high), sequence);
    stuff(&e, low);
    stuff(&e, high);
    stuff(&e, sequence);
    stuff(&e, (uint8_t)crc);
    stuff(&e, (uint8_t)(crc >> 8));
    stuff(&e, 0); /* closes the last code; its place becomes the end mark */
    *e.code = 0;
    keep_end(f, e);
}
