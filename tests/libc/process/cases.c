/* SPDX-License-Identifier: MIT */
/* See cases.h. Uses no malloc of its own between cases. */
#define _GNU_SOURCE
#include "cases.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 45 }; /* that a case may take on a busy machine */

void case_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    _exit(1);
}

static bool run_case(const case_t *c) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        c->run();
        exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    bool passed = child > 0 && status == 0;
    const char *how = passed ? "ok" : WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "failed";
    printf("%-60s %s\n", c->name, how);
    return passed;
}

int run_cases(const case_t *cases, size_t count, int argc, char **argv) {
    int passed = 0, failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && strcmp(argv[1], cases[i].name) != 0) continue;
        if (run_case(&cases[i]))
            passed++;
        else
            failed++;
    }
    printf("ch_test: %d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}

int run_child(void (*function)(void), char *text, size_t size) {
    int ends[2], status = -1;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        function();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t part;
    while (length < size - 1 && (part = read(ends[0], text + length, size - 1 - length)) > 0) length += (size_t)part;
    text[length] = '\0';
    close(ends[0]);
    CHECK(waitpid(child, &status, 0) == child);
    return status;
}

size_t resident_bytes(void) {
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fgets(text, sizeof text, file));
    fclose(file);
    unsigned long size, resident;
    CHECK(sscanf(text, "%lu %lu", &size, &resident) == 2);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

void tag(void *block, size_t size, unsigned seed) {
    unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(seed * 167 + i * 13);
}

bool tag_holds(const void *block, size_t size, unsigned seed) {
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)(seed * 167 + i * 13)) return false;
    }
    return true;
}
