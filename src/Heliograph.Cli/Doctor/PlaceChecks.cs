// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net.Sockets;
using Heliograph.Hosting.Listening;

namespace Heliograph.Cli.Doctor;

/// <summary>What this machine has to offer: free addresses, and room on the disk.</summary>
internal static class PlaceChecks
{
    /// <summary>Whether a tier could listen at an address. Binds it for a moment.</summary>
    public static Finding Port(Uri address)
    {
        var endpoint = ListenEndpoint.Parse(address.OriginalString);
        if (endpoint.Path is { } path) return Socket(address, path);
        using var socket = new Socket(endpoint.Address!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint.Address);
            socket.Listen(1);
            return Finding.Ok(CheckNames.Port, $"{address.OriginalString} is free.");
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => Finding.Trouble(CheckNames.Port, $"{address.OriginalString} is in use by another program.", $"Find it ('ss -ltnp sport = :{endpoint.Address.Port}'), stop it, or choose another port."),
                SocketError.AccessDenied => Finding.Trouble(CheckNames.Port, $"{address.OriginalString} may not be taken by this user.", "Choose a port above 1023, or give the service CAP_NET_BIND_SERVICE."),
                SocketError.AddressNotAvailable => Finding.Trouble(CheckNames.Port, $"{address.OriginalString} is no address of this machine.", "Use one that 'ip address' shows, or 0.0.0.0."),
                _ => Finding.Trouble(CheckNames.Port, $"{address.OriginalString} cannot be listened at: {exception.Message}", "Choose another address."),
            };
        }
    }

    /// <summary>Whether a data directory can be written, and has room left.</summary>
    /// <param name="directory">The directory; it may not exist yet.</param>
    /// <param name="freeMibMin">Less than this is trouble.</param>
    public static Finding Disk(string directory, int freeMibMin)
    {
        var standing = Path.GetFullPath(directory);
        while (!Directory.Exists(standing) && Path.GetDirectoryName(standing) is { } above) standing = above; // it would be made there
        try
        {
            var probe = Path.Combine(standing, $".helio-doctor-{Guid.NewGuid():N}");
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Trouble(CheckNames.Disk, $"{standing} cannot be written: {exception.Message}", "Give it to the user that the tier runs as, or mount it for writing.");
        }
        var free = new DriveInfo(standing).AvailableFreeSpace >> 20;
        var said = string.Create(CultureInfo.InvariantCulture, $"{standing} has {free} MiB free");
        return free < freeMibMin
            ? Finding.Trouble(CheckNames.Disk, string.Create(CultureInfo.InvariantCulture, $"{said}; {freeMibMin} are wanted."), "Make space, or move the data to a larger disk: a full one stops all changes.")
            : Finding.Ok(CheckNames.Disk, $"{said}.");
    }

    private static Finding Socket(Uri address, string path)
    {
        if (Path.GetDirectoryName(path) is { } directory && !Directory.Exists(directory)) return Finding.Trouble(CheckNames.Port, $"{address.OriginalString}: there is no directory {directory}.", "Make it, for the user that the tier runs as.");
        if (!File.Exists(path)) return Finding.Ok(CheckNames.Port, $"{address.OriginalString} is free.");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return Finding.Trouble(CheckNames.Port, $"{address.OriginalString} is in use: a program answers there.", "Stop it, or choose another path.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Finding.Ok(CheckNames.Port, $"{address.OriginalString} is free: what lies there is left over from a process that has ended, and the next start replaces it.");
        }
        catch (SocketException exception)
        {
            return Finding.Trouble(CheckNames.Port, $"{address.OriginalString} cannot be tried: {exception.Message}", "Look at what lies at that path.");
        }
    }
}
