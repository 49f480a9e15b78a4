/**
 * Runs a child process. Signals that reach this process are passed on to the child, and this process ends in the way the child
 * ended. The module is plain CommonJS, because set-up and the launcher run on any Node from 20.
 */
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The time in which a signal that this process sends to itself arrives. The first process of a container never gets it. */
const OWN_SIGNAL_MS = 200;

/**
 * Runs a command to its end. `signal` is the signal that ended the child, or that reached this process while the child ran.
 * `error` says why the command could not be started.
 */
function runChild(command, args, options) {
  let received = null;
  let child;
  const passOn = (signal) => {
    received = signal;
    child.kill(signal);
  };
  // These handlers come first. Without them, a signal that arrives before the child starts would end this process alone.
  for (const signal of PASSED_ON) process.on(signal, passOn);
  child = spawn(command, args, options);
  return new Promise((resolve) => {
    const settle = (result) => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
      resolve(result);
    };
    child.once('error', (error) => settle({ status: null, signal: received, error }));
    child.once('close', (status, signal) => settle({ status, signal: signal ?? received, error: undefined }));
  });
}

/** Ends this process by the signal, so that its starter sees which signal it was. */
function endBy(signal) {
  setTimeout(() => process.exit(128 + constants.signals[signal]), OWN_SIGNAL_MS);
  process.kill(process.pid, signal);
}

module.exports = { endBy, runChild };
