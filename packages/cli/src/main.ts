#!/usr/bin/env node
import { exitProcess, processEnvironment } from './process-environment.js';
import { runCommandLine } from './run-command-line.js';

// Exits by itself: a piped stdin that its owner never closes would keep the process alive.
exitProcess(await runCommandLine(process.argv.slice(2), processEnvironment()));
