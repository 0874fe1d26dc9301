/* SPDX-License-Identifier: MIT */
/* See account.h. */
#include "account.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static struct {
    uint32_t taken; /* blocks, so far */
    size_t blocks;  /* alive */
    size_t bytes;   /* alive, as the job counts them */
    size_t peak;    /* most bytes alive */
    size_t in_region[REPORT_REGIONS];
} account;

static size_t *bytes_at(const void *block) {
    int region = report_region_index(block);
    if (region < 0) report_fail("the job got memory at 0x%08lx, where no heap is", (unsigned long)(uintptr_t)block);
    return &account.in_region[region];
}

void account_taken(const void *block, size_t size) {
    *bytes_at(block) += size;
    account.bytes += size;
    account.blocks++;
    account.taken++;
    if (account.bytes > account.peak) account.peak = account.bytes;
}

void account_given_back(const void *block, size_t size) {
    *bytes_at(block) -= size;
    account.bytes -= size;
    account.blocks--;
}

/** Bytes in all regions of one name, counted at the first of them; 0 at the others. */
static size_t bytes_under_name(int first) {
    size_t bytes = 0;
    for (int i = 0; i < REPORT_REGIONS; i++) {
        bool same = strcmp(report_index_name(i), report_index_name(first)) == 0;
        if (same && i < first) return 0;
        if (same) bytes += account.in_region[i];
    }
    return bytes;
}

void account_print(void) {
    const char *separator = ": ";
    printf("     %zu blocks, %zu bytes", account.blocks, account.bytes);
    for (int i = 0; i < REPORT_REGIONS; i++) {
        size_t bytes = bytes_under_name(i);
        if (bytes == 0) continue;
        printf("%s%zu in %s", separator, bytes, report_index_name(i));
        separator = ", ";
    }
    printf("\n");
}

void account_close(const char *job) {
    if (account.blocks != 0 || account.bytes != 0)
        report_fail("%s kept %zu blocks, %zu bytes", job, account.blocks, account.bytes);
    printf("\n%s closed: %" PRIu32 " blocks taken, at most %zu bytes alive, none left\n", job, account.taken, account.peak);
}
