# SPDX-License-Identifier: MIT
# Compiler for 32-bit RISC-V boards. A board's toolchain file sets CH_BOARD and the processor, machine, and includes this one.
# -misa-spec=2.2 makes csr and fence.i instructions part of rv32imac. Named by their own extension they match none of the installed C
# libraries, and the link would silently take 64-bit ones.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
string(APPEND machine " -mabi=ilp32 -misa-spec=2.2")
set(CMAKE_C_FLAGS_INIT "${machine} --specs=picolibc.specs")
set(CMAKE_ASM_FLAGS_INIT "${machine}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "--oslib=semihost")
set(CMAKE_EXECUTABLE_SUFFIX_C .elf)
