/* SPDX-License-Identifier: MIT */
/* A program that calls every function that allocates, and lives on where one fails. */
#pragma once

/** Runs it from start to end. Everything it has got is checked and given back in the end, whatever failed. */
void script_run(void);
/** Requests that came back with NULL, and of these the ones that the failure callback has to be told of. */
unsigned script_failures(void);
unsigned script_told(void);
