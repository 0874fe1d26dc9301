/* SPDX-License-Identifier: MIT */
/* Settings: flat JSON objects of numbers, {"name": number, ...}, become a list; what the station knows of it is taken over. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "firmware.h"

typedef struct setting {
    struct setting *next;
    char *name;
    long value;
} setting_t;

static const char *const messages[] = {
    "{\"interval\": 10, \"brightness\": 80}",
    "{\"interval\": 30, \"brightness\": 40, \"contrast\": 7, \"language\": 2}",
    "{\"brightness\": 60, \"time_zone_of_the_station\" 120}", /* somebody forgot a colon */
    "{\"interval\": 20}",
    "{\"interval\": 60, \"brightness\": 20}",
};

static const char *skip(const char *at) {
    while (isspace((unsigned char)*at)) at++;
    return at;
}

/** Behind the character, or NULL where another one stands. */
static const char *expect(const char *at, char wanted) {
    at = skip(at);
    return *at == wanted ? at + 1 : NULL;
}

static char *copy_of(const char *text, size_t length) {
    char *copy = heap_caps_malloc(length + 1, MALLOC_CAP_DEFAULT); /* leak: a name */
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

/** "name": number */
static const char *parse_pair(const char *at, setting_t *setting) {
    const char *end;
    at = expect(at, '"');
    if (!at || !(end = strchr(at, '"'))) return NULL;
    char *name = copy_of(at, (size_t)(end - at));
    at = expect(end + 1, ':');
    if (!name || !at) return NULL; /* no colon: and `name` is forgotten */
    char *behind;
    setting->name = name;
    setting->value = strtol(skip(at), &behind, 10);
    return behind;
}

static void forget(setting_t *list) {
    while (list) {
        setting_t *next = list->next;
        heap_caps_free(list->name);
        heap_caps_free(list);
        list = next;
    }
}

/** All pairs; NULL: the message is none. */
static setting_t *parse(const char *at) {
    setting_t *list = NULL;
    at = expect(at, '{');
    while (at) {
        setting_t *setting = heap_caps_calloc(1, sizeof *setting, MALLOC_CAP_DEFAULT);
        if (!setting) break;
        setting->next = list;
        list = setting;
        at = parse_pair(at, setting);
        if (!at) break;
        if (expect(at, '}')) return list;
        at = expect(at, ',');
    }
    forget(list);
    return NULL;
}

void settings_run(unsigned second) {
    setting_t *list = parse(messages[second / 12 % (sizeof messages / sizeof messages[0])]);
    wait_ms(40);
    if (!list) journal_add("settings: message not understood");
    for (const setting_t *s = list; s; s = s->next) journal_add("settings: %s = %ld", s->name, s->value);
    forget(list);
}
