// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Platform.Files;

/// <summary>Who may read what a <see cref="DiskFileStore"/> creates. The process's umask narrows it further; Windows inherits instead.</summary>
public sealed class DiskFileStoreOptions
{
    /// <summary>Mode of new files. Default 0640: the group may read, so that an agent's files can be shown to other tools.</summary>
    public UnixFileMode FileMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Mode of new directories. Default 0750.</summary>
    public UnixFileMode DirectoryMode { get; init; } =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
}
