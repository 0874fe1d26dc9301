/* SPDX-License-Identifier: MIT */
/* export: chooses the writer. record: stores a recording compressed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "commands.h"
#include "export.h"

static const struct {
    const char *name;
    void (*to_file)(hs_context_t *c, FILE *out);
    void (*to_path)(hs_context_t *c, const char *path);
} formats[] = {
    {"text", hs_export_text, NULL},     {"folded", hs_export_folded, NULL}, {"heaptrack", hs_export_heaptrack, NULL},
    {"pprof", hs_export_pprof, NULL},   {"chrome", hs_export_chrome, NULL}, {"ctf", NULL, hs_export_ctf},
    {"sqlite", NULL, hs_export_sqlite},
};

static FILE *open_output(const char *path) {
    if (!path || strcmp(path, "-") == 0) return stdout;
    FILE *out = fopen(path, "wb");
    if (!out) hs_die("%s: %s", path, strerror(errno));
    return out;
}

static void close_output(FILE *out, const char *path) {
    if (fflush(out) != 0 || ferror(out)) hs_die("%s: %s", path ? path : "standard output", strerror(errno));
    if (out != stdout && fclose(out) != 0) hs_die("%s: %s", path, strerror(errno));
}

json_t *hs_ask_export(hs_context_t *c) {
    const hs_options_t *o = c->options;
    size_t i = 0, count = sizeof formats / sizeof formats[0];
    while (i < count && strcmp(formats[i].name, o->format) != 0) i++;
    if (i == count) hs_die("export: no such format: %s (there are: text folded heaptrack pprof chrome ctf sqlite)", o->format);
    if (formats[i].to_path) {
        if (!o->output) hs_die("export %s: needs --output=PATH", o->format);
        formats[i].to_path(c, o->output);
        return NULL;
    }
    if ((!o->output || strcmp(o->output, "-") == 0) && strcmp(o->format, "pprof") == 0 && isatty(STDOUT_FILENO))
        hs_die("export pprof: is binary; needs --output=FILE");
    FILE *out = open_output(o->output);
    formats[i].to_file(c, out);
    close_output(out, o->output);
    return NULL;
}

/* ---- record ---- */

static void put(FILE *out, const ZSTD_outBuffer *packed, const char *path) {
    if (fwrite(packed->dst, 1, packed->pos, out) != packed->pos) hs_die("%s: %s", path, strerror(errno));
}

/** Bytes as they come; what came is in the file even if the end never does. */
json_t *hs_ask_record(hs_context_t *c) {
    const hs_options_t *o = c->options;
    if (!o->output) hs_die("record: needs --output=FILE");
    hs_source_t *source = hs_source_open(o->input);
    FILE *out = open_output(o->output);
    ZSTD_CStream *zstd = ZSTD_createCStream();
    if (!zstd) hs_die("out of memory");
    static uint8_t plain[1 << 14];
    uint8_t *buffer = hs_alloc(1, ZSTD_CStreamOutSize());
    for (size_t n; (n = hs_source_read(source, plain, sizeof plain)) > 0;) {
        ZSTD_inBuffer in = {plain, n, 0};
        size_t left = 1;
        while (left) { /* each piece is flushed, so that nothing that came is lost */
            ZSTD_outBuffer packed = {buffer, ZSTD_CStreamOutSize(), 0};
            left = ZSTD_compressStream2(zstd, &packed, &in, ZSTD_e_flush);
            if (ZSTD_isError(left)) hs_die("record: %s", ZSTD_getErrorName(left));
            put(out, &packed, o->output);
        }
        fflush(out);
    }
    ZSTD_outBuffer packed = {buffer, ZSTD_CStreamOutSize(), 0};
    ZSTD_inBuffer none = {NULL, 0, 0};
    ZSTD_compressStream2(zstd, &packed, &none, ZSTD_e_end);
    put(out, &packed, o->output);
    close_output(out, o->output);
    ZSTD_freeCStream(zstd);
    free(buffer);
    hs_source_close(source);
    return NULL;
}
