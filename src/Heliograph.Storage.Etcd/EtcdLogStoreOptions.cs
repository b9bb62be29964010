// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Heliograph.Storage.Etcd;

/// <summary>Which log, and in which etcd cluster.</summary>
public sealed class EtcdLogStoreOptions
{
    /// <summary>Addresses of the members, <c>https://host:2379</c>; <c>http://</c> on loopback only. 1 to 16.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>The log that is there, or will be.</summary>
    public required Hash256 LogId { get; init; }

    /// <summary>Whose certificates the members may show; <see langword="null"/> or empty: whom the operating system believes. Only used with <c>https://</c>.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate, with its private key, that is shown to the members.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Where this node takes changes, for the others to find when it leads; at most 2,048 characters. Empty: it does not say.</summary>
    public string Address { get; init; } = "";

    /// <summary>Whether releases of etcd are used whose known faults can break what this store promises.</summary>
    public bool AllowUnsupported { get; init; }

    /// <summary>How long opening waits for a member that answers, and for a quorum. Default 15 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the leader forgets etcd's own history and the chunks of appends that never were. Default 5 min.</summary>
    public TimeSpan UpkeepInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>In which phase the log must be to be opened. Anything but <see cref="LogPhase.Live"/> is for moving it.</summary>
    public LogPhase Phase { get; init; } = LogPhase.Live;

    /// <summary>Put around the transport, so that the suite can lose a request or an answer at will.</summary>
    internal Func<HttpMessageHandler, HttpMessageHandler>? Transport { get; init; }

    /// <summary>Who carries the calls to the member of an address, in the place of a channel of gRPC: in the simulator, a model of the cluster.</summary>
    internal Func<Uri, CallInvoker>? Calls { get; init; }

    /// <summary>Where the jitter of pauses is drawn from; <see langword="null"/>: a source of its own.</summary>
    internal Random? Jitter { get; init; }

    /// <summary>What is wrong, or <see langword="null"/>.</summary>
    internal string? Fault()
    {
        if (Endpoints.Count is 0 or > 16) return "Give 1 to 16 addresses of etcd members.";
        if (Address.Length > 2_048) return "The address of this node has at most 2,048 characters.";
        foreach (var address in Endpoints)
        {
            if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.PathAndQuery is not ("/" or "") || address.UserInfo.Length > 0)
                return $"'{address}' is no address of an etcd member: write https://host:2379.";
            if (address.Scheme == "http" && !address.IsLoopback) return $"'{address}' is plain text and on another host: whoever is between could write the log. Use https://.";
        }
        return null;
    }
}
