// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Core.LogFiles;

/// <summary>A backup, an archive or a stream of entries is not what it should be: damaged, cut off, of another log, or not signed. The message says what and where.</summary>
public sealed class LogFileException(string message) : IOException(message);
