// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Chaos.Faults;

/// <summary>A disk of its own, whose power can be cut: ext4 in an image on XFS, where a copy of the image is one atomic reference: the platter at that instant.</summary>
internal sealed class PlatterDisk
{
    private readonly string _directory;
    private int _image;

    private PlatterDisk(string directory, string path) => (_directory, Path) = (directory, path);

    public static string? Missing { get; } = !Shell.IsRoot ? "root, to mount a disk image" : !Shell.Has("mkfs.xfs") ? "mkfs.xfs (Debian package xfsprogs)" : !Shell.Has("mkfs.ext4") ? "mkfs.ext4 (Debian package e2fsprogs)" : null;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    private string Host => System.IO.Path.Combine(_directory, "host");

    private string Image => System.IO.Path.Combine(Host, $"disk-{_image}.img");

    /// <summary>Makes a disk and mounts it.</summary>
    /// <param name="directory">Where its images are.</param>
    /// <param name="path">Where it is mounted.</param>
    /// <param name="mebibytes">How large it is.</param>
    /// <returns><see langword="null"/> and why, where this machine cannot.</returns>
    public static async Task<(PlatterDisk? Disk, string? Missing)> TryMountAsync(string directory, string path, int mebibytes = 96)
    {
        if (Missing is not null) return (null, Missing);
        var disk = new PlatterDisk(directory, path);
        Directory.CreateDirectory(disk.Host);
        Directory.CreateDirectory(path);
        var image = System.IO.Path.Combine(directory, "host.img");
        await Shell.RunAsync("truncate", "-s", $"{504 + mebibytes}M", image);
        await Shell.RunAsync("mkfs.xfs", "-q", "-m", "reflink=1", image);
        if (await Shell.TryAsync("mount", "-o", "loop", image, disk.Host) is { Code: not 0 } refused) return (null, $"a kernel that mounts XFS images ({refused.Said.Trim()})");
        await Shell.RunAsync("truncate", "-s", $"{mebibytes}M", disk.Image);
        await Shell.RunAsync("mkfs.ext4", "-q", "-F", disk.Image);
        await Shell.RunAsync("mount", "-o", "loop", disk.Image, path);
        return (disk, null);
    }

    /// <summary>The platter as it is now, beside the one in use.</summary>
    public Task FreezeAsync() => Shell.RunAsync("cp", "--reflink=always", Image, System.IO.Path.Combine(Host, $"disk-{_image + 1}.img"));

    /// <summary>Goes on from the frozen platter; the one in use is thrown away. Nobody may have a file on it open.</summary>
    public async Task ThawAsync()
    {
        await UnmountAsync();
        File.Delete(Image);
        _image++;
        await Shell.RunAsync("mount", "-o", "loop", Image, Path);
    }

    public Task MakeReadOnlyAsync(bool isReadOnly) => Shell.RunAsync("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", Path);

    /// <summary>Takes all the space that is left.</summary>
    public async Task FillAsync()
    {
        var free = new DriveInfo(Path).AvailableFreeSpace;
        await Shell.RunAsync("fallocate", "-l", $"{Math.Max(4096, free)}", System.IO.Path.Combine(Path, "ballast"));
    }

    public void Free() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    public async Task DisposeAsync()
    {
        await UnmountAsync();
        await Shell.TryAsync("umount", Host);
    }

    private async Task UnmountAsync()
    {
        for (var attempt = 0; await Shell.TryAsync("umount", Path) is { Code: not 0 } refused; attempt++)
        {
            if (attempt == 50) throw new InvalidOperationException($"umount {Path}: {refused.Said}");
            await Task.Delay(100); // a killed process lets go of its files a moment later
        }
    }
}
