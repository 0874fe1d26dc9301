/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

enum { PLACES = 16 }; /* inlined into one another */

typedef struct {
    uint64_t start, end;
    const char *name;
} symbol_t;

/** What is known of an address: `count` of places[first...]. */
typedef struct {
    uint32_t first, count;
} found_t;

struct hs_symbols {
    int fd;
    Elf *elf;
    Dwarf *dwarf;
    uint64_t loaded_at;
    GElf_Half machine;
    symbol_t *symbols;
    size_t symbols_count, symbols_room;
    hs_map_t cache; /* address to found */
    found_t *found;
    size_t found_count, found_room;
    hs_place_t **kept; /* arrays of places, never moved */
    size_t kept_count, kept_room;
};

/* ---- symbol table ---- */

static int by_start(const void *a, const void *b) {
    uint64_t x = ((const symbol_t *)a)->start, y = ((const symbol_t *)b)->start;
    return (x > y) - (x < y);
}

/** Functions of assembler code have no size: they end with their section, or where the next one begins. */
static uint64_t end_of_section(const hs_symbols_t *s, size_t index) {
    GElf_Shdr header;
    Elf_Scn *section = elf_getscn(s->elf, index);
    return section && gelf_getshdr(section, &header) ? header.sh_addr + header.sh_size : 0;
}

static void add_symbols(hs_symbols_t *s, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; data && i < count && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_shndx) continue;
        const char *name = elf_strptr(s->elf, header->sh_link, symbol.st_name);
        if (!name || !*name) continue;
        uint64_t start = s->machine == EM_ARM ? symbol.st_value & ~(uint64_t)1 : symbol.st_value;
        uint64_t end = symbol.st_size ? start + symbol.st_size : end_of_section(s, symbol.st_shndx);
        HS_ROOM(s->symbols, s->symbols_room, s->symbols_count);
        s->symbols[s->symbols_count++] = (symbol_t){start, end, name};
    }
}

static void read_symbols(hs_symbols_t *s) {
    for (Elf_Scn *section = NULL; (section = elf_nextscn(s->elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB) add_symbols(s, section, &header);
    }
    if (s->symbols_count) qsort(s->symbols, s->symbols_count, sizeof *s->symbols, by_start);
}

static const char *symbol_at(const hs_symbols_t *s, uint64_t pc) {
    size_t low = 0, high = s->symbols_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->symbols[middle].start <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return NULL;
    const symbol_t *found = &s->symbols[low - 1];
    return pc < found->end ? found->name : NULL;
}

/* ---- DWARF ---- */

/** The compilation unit of an address: from the table of addresses, or where that is missing by asking them all. */
static bool unit_at(hs_symbols_t *s, uint64_t pc, Dwarf_Die *unit) {
    if (dwarf_addrdie(s->dwarf, pc, unit)) return true;
    Dwarf_Off offset = 0, next;
    size_t size;
    for (; dwarf_nextcu(s->dwarf, offset, &next, &size, NULL, NULL, NULL) == 0; offset = next)
        if (dwarf_offdie(s->dwarf, offset + size, unit) && dwarf_haspc(unit, pc) == 1) return true;
    return false;
}

static const char *name_of(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    const char *plain = dwarf_diename(die);
    return plain ? plain : name;
}

/** From where an inlined function is called. */
static void call_site(Dwarf_Die *unit, Dwarf_Die *inlined, const char **file, int *line) {
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    Dwarf_Files *files;
    size_t count;
    *file = NULL;
    *line = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &value) == 0) *line = (int)value;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &value) != 0) return;
    if (dwarf_getsrcfiles(unit, &files, &count) == 0 && value < count) *file = dwarf_filesrc(files, value, NULL, NULL);
}

/**
 * What encloses an address, innermost first. dwarf_getscopes() goes on from an inlined function to where that was written;
 * dwarf_getscopes_die() to where it is called.
 */
static int scopes_of(Dwarf_Die *unit, uint64_t pc, Dwarf_Die **scopes) {
    Dwarf_Die *written = NULL;
    int count = dwarf_getscopes(unit, pc, &written);
    if (count > 0) {
        Dwarf_Die innermost = written[0];
        count = dwarf_getscopes_die(&innermost, scopes);
    }
    free(written);
    return count;
}

/** All functions that an address lies in, innermost first. */
static size_t ask_dwarf(hs_symbols_t *s, uint64_t pc, hs_place_t *places) {
    Dwarf_Die unit, *scopes = NULL;
    if (!s->dwarf || !unit_at(s, pc, &unit)) return 0;
    Dwarf_Line *at = dwarf_getsrc_die(&unit, pc);
    int line = 0;
    const char *file = at ? dwarf_linesrc(at, NULL, NULL) : NULL;
    if (at) dwarf_lineno(at, &line);
    int count = scopes_of(&unit, pc, &scopes);
    size_t n = 0;
    for (int i = 0; i < count && n < PLACES; i++) {
        int tag = dwarf_tag(&scopes[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
        bool inlined = tag == DW_TAG_inlined_subroutine;
        places[n++] = (hs_place_t){name_of(&scopes[i]), file, line, inlined};
        if (!inlined) break;
        call_site(&unit, &scopes[i], &file, &line);
    }
    free(scopes);
    if (n == 0 && file) places[n++] = (hs_place_t){NULL, file, line, false};
    return n;
}

/* ---- addresses ---- */

/** Just before the return address lies the call; a Thumb address is odd. */
static uint64_t call_before(const hs_symbols_t *s, uint64_t address) {
    address -= s->loaded_at;
    if (s->machine == EM_ARM) address &= ~(uint64_t)1;
    return address - 1;
}

static size_t look_up(hs_symbols_t *s, uint64_t pc, hs_place_t *places) {
    size_t n = ask_dwarf(s, pc, places);
    const char *name = symbol_at(s, pc);
    if (n == 0 && name) places[n++] = (hs_place_t){name, NULL, 0, false};
    if (n && !places[n - 1].function) places[n - 1].function = name;
    return n;
}

size_t hs_symbols_of(hs_symbols_t *s, uint64_t return_address, const hs_place_t **places) {
    uint32_t known = hs_map_get(&s->cache, return_address);
    if (known == HS_NONE) {
        hs_place_t found[PLACES];
        uint64_t pc = call_before(s, return_address);
        size_t n = look_up(s, pc, found);
        /* Windowed call: the two top bits of the return address are the size of the window, code lies where the call is. */
        if (n == 0 && s->machine == EM_XTENSA) n = look_up(s, (pc & 0x3fffffff) | 0x40000000, found);
        hs_place_t *kept = hs_alloc(n ? n : 1, sizeof *kept);
        memcpy(kept, found, n * sizeof *kept);
        HS_ROOM(s->kept, s->kept_room, s->kept_count);
        HS_ROOM(s->found, s->found_room, s->found_count);
        s->found[s->found_count] = (found_t){(uint32_t)s->kept_count, (uint32_t)n};
        s->kept[s->kept_count++] = kept;
        known = (uint32_t)s->found_count++;
        hs_map_set(&s->cache, return_address, known);
    }
    *places = s->kept[s->found[known].first];
    return s->found[known].count;
}

hs_symbols_t *hs_symbols_open(const char *path, uint64_t loaded_at) {
    hs_symbols_t *s = hs_alloc(1, sizeof *s);
    GElf_Ehdr header;
    s->loaded_at = loaded_at;
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) hs_die("%s: %s", path, strerror(errno));
    elf_version(EV_CURRENT);
    s->elf = elf_begin(s->fd, ELF_C_READ_MMAP, NULL);
    if (!s->elf || elf_kind(s->elf) != ELF_K_ELF || !gelf_getehdr(s->elf, &header))
        hs_die("%s: is no ELF file; give the program as it was linked, not an image for flashing", path);
    s->machine = header.e_machine;
    s->dwarf = dwarf_begin_elf(s->elf, DWARF_C_READ, NULL);
    read_symbols(s);
    if (!s->dwarf && !s->symbols_count)
        hs_die("%s: has neither debug information nor symbols; compile with -g, don't strip", path);
    if (!s->dwarf) hs_warn("%s: has no debug information (compile with -g): functions without lines", path);
    return s;
}

void hs_symbols_close(hs_symbols_t *s) {
    if (!s) return;
    for (size_t i = 0; i < s->kept_count; i++) free(s->kept[i]);
    free(s->kept);
    free(s->found);
    free(s->symbols);
    hs_map_free(&s->cache);
    dwarf_end(s->dwarf);
    elf_end(s->elf);
    close(s->fd);
    free(s);
}
