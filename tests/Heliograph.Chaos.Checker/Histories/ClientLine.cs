// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Checker.Histories;

/// <summary>A line of a client's journal: what it runs with, from when on.</summary>
/// <param name="T">Unix milliseconds.</param>
/// <param name="Process">Which client, the same over its restarts.</param>
/// <param name="Pid">Which process of it.</param>
/// <param name="Namespace">Which namespace.</param>
/// <param name="Revision">What of it is applied.</param>
/// <param name="StateRoot">Root over its content, hexadecimal.</param>
public sealed record ClientLine(long T, string Process, int Pid, string Namespace, Position Revision, string StateRoot);
