# SPDX-License-Identifier: MIT
# Makes a C file of a script: cmake -DSCRIPT=file -DOUTPUT=file.c -P embed.cmake
# The C file defines script_text (zero-terminated) and script_size (without the zero).
file(READ "${SCRIPT}" bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" lines "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," values "${lines}")
get_filename_component(name "${SCRIPT}" NAME)
file(WRITE "${OUTPUT}" "/* Made of ${name} by embed.cmake. */
#include <stddef.h>
extern const char script_text[];
extern const size_t script_size;
const char script_text[] = {
${values}0x00};
const size_t script_size = ${size};
")
