// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Heliograph.Core.Heads;
using Heliograph.Platform.Files;
using Heliograph.Platform.Net;
using Heliograph.Platform.Pki;
using Heliograph.Platform.Trust;
using Heliograph.Protocol.Wire;
using Heliograph.Replication.Following;
using Heliograph.Replication.Ports;
using Heliograph.Replication.SnapshotFiles;
using Microsoft.Extensions.Logging;

namespace Heliograph.Client.Replica;

/// <summary>Puts the replica of a client together from its options.</summary>
internal static class ReplicaFactory
{
    /// <summary>Reads the trust file and the authority's certificate, and makes a replica that has not begun.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The trust file is none.</exception>
    /// <exception cref="CryptographicException">The authority's certificate is none, or another realm's.</exception>
    public static async ValueTask<IClientReplica> CreateAsync(HeliographClientOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var trust = new TrustCell(ReadTrust(options));
        IReadOnlyList<ParentAddress> parents = [.. options.Parents.Select(Parent)];
        var dials = new DialJournal(new SocketDialer(Dialing(options, trust.Anchor), options.Time), parents);
        var run = new RunReport(Guid.NewGuid().ToString("N"), options.Time);
        var followerOptions = new FollowerOptions
        {
            Run = run,
            Parents = parents,
            Role = Role.Client,
            Instance = options.Instance.ToWire(),
            BearerToken = options.Token is null ? default : Encoding.UTF8.GetBytes(options.Token),
        };
        var jitter = new Random(BitConverter.ToInt32(RandomNumberGenerator.GetBytes(sizeof(int)))); // each process another: a fleet must not come back as one
        if (options.LastKnownGoodDirectory is not { } directory) return Over(new NoReplicaStore(), own: null, earlier: null, []);

        var logger = loggers.CreateLogger<LastKnownGoodStore>();
        var files = new DiskFileStore(directory);
        var held = DirectoryLock.TryTake(directory, out _); // a reader changes nothing, and starts all the same
        if (held is null) logger.NotTheWriter(directory);
        var store = await LastKnownGoodStore.OpenAsync(files, "", options.Time, logger, new() { IsWriter = held is not null }, cancellationToken).ConfigureAwait(false);
        var earlier = new EarlierVersions(store, trust);
        if (held is null) return Over(store, own: null, earlier, [earlier, store]);
        var guard = new CrashGuard(store, new BootRecordFile(files, "", logger), trust, options.Instance.Service, options.Time, loggers.CreateLogger<CrashGuard>(), options.BakeTime);
        return Over(store, guard, earlier, [earlier, store, held]);

        FollowerReplica Over(IReplicaStore kept, CrashGuard? own, EarlierVersions? earlier, IReadOnlyList<IDisposable> owned)
        {
            var follower = new Follower(followerOptions, trust, dials, kept, options.Time, jitter, loggers.CreateLogger<Follower>());
            return new(follower, dials, own, earlier, run, new ClientMetrics(follower, options.Instance.Id, options.Time), loggers.CreateLogger<FollowerReplica>(), owned);
        }
    }

    private static RealmTrust ReadTrust(HeliographClientOptions options)
    {
        if (options.TrustFile is { } path) return TrustFile.LoadTrust(path);
        return TrustFile.TryParseTrust(options.TrustBytes, out var trust, out var error) ? trust : throw new InvalidDataException($"TrustBytes: {error}");
    }

    /// <summary>A unix socket leads to this host's own agent; loopback may be the near end of a tunnel.</summary>
    private static ParentAddress Parent(string address)
    {
        var uri = new Uri(address);
        return new(uri, IsSameHost: ParentEndpoint.TryParse(uri, out var endpoint, out _) && endpoint is ParentEndpoint.Unix);
    }

    private static DialerOptions Dialing(HeliographClientOptions options, TrustAnchor anchor)
    {
        if (options.AuthorityFile is not { } authorityFile) return new();
        var authority = RealmAuthority.Load(anchor.Root.Realm, authorityFile);
        if (options is not { CertificateFile: { } certificate, CertificateKeyFile: { } key }) return new() { Authority = authority };
        return new() { Authority = authority, ClientCertificate = () => ReadCertificate(certificate, key, authority, options.Time) };
    }

    /// <summary>A certificate that has expired, or is just being renewed, is a reason to try another parent, not to stop following.</summary>
    private static X509Certificate2 ReadCertificate(string certificateFile, string keyFile, RealmAuthority authority, TimeProvider time)
    {
        try
        {
            return CertificateFiles.Load(certificateFile, keyFile, authority, time.GetUtcNow());
        }
        catch (CryptographicException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }
}
