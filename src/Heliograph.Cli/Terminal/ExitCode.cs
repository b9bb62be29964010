// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Terminal;

/// <summary>How a command ended, for scripts: one number per next step. Listed in docs/reference/cli.md.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>It failed in a way that no other code names: a bug, or a server's own failure.</summary>
    Failure = 1,

    /// <summary>The command line or the input file is wrong; nothing was sent.</summary>
    Usage = 2,

    /// <summary>What was asked for is not there, or the caller may not read it.</summary>
    NotFound = 3,

    /// <summary>The origin refused the change: conflict, precondition, limit or content. Nothing was written.</summary>
    Refused = 4,

    /// <summary>The token is missing, wrong or expired, or its role does not reach.</summary>
    NotAuthorized = 5,

    /// <summary>Nothing answered in time. A change was certainly not written.</summary>
    Unreachable = 6,

    /// <summary>A change was sent and its answer never came: repeat with the same idempotency key, or read first.</summary>
    OutcomeUnknown = 7,

    /// <summary>The change is committed, but not every instance asked for has applied it yet.</summary>
    Laggards = 8,

    /// <summary><c>helio doctor</c> has found trouble.</summary>
    Troubled = 9,

    /// <summary>Stopped by SIGINT or SIGTERM before it was done (the shells' 128 + SIGINT).</summary>
    Interrupted = 130,
}
