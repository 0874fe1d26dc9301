# SPDX-License-Identifier: MIT
# QEMU plugins of the tests: shared libraries for the host, made by the host's compiler whatever the board's is.

find_program(CH_HOST_CC NAMES cc gcc clang REQUIRED DOC "compiler for programs that run on this machine")

# ch_test_plugin(name): tests/plugin/<name>.c; its file is in ${<name>_plugin}. Targets that need it depend on <name>_plugin.
function(ch_test_plugin name)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/plugin/${name}.c)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${name}.so)
    add_custom_command(OUTPUT ${file}
        COMMAND ${CH_HOST_CC} -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -I${CH_ROOT}/tools/qemu ${source} -o ${file}
        DEPENDS ${source} ${CH_ROOT}/tools/qemu/qemu_plugin.h VERBATIM)
    add_custom_target(${name}_plugin ALL DEPENDS ${file})
    set(${name}_plugin ${file} PARENT_SCOPE)
endfunction()
