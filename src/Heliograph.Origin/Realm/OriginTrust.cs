// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Heliograph.Core.Heads;
using Heliograph.Core.Sequencing;
using Heliograph.Platform.Trust;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Realm;

/// <summary>What this origin trusts and hands out, and the key it signs with: from its data directory, and again whenever the files there change.</summary>
/// <remarks>
/// A root is taken only with a key that it names, for whoever holds it believes no other: a trust file that has run ahead of the key, or the
/// other way round, changes nothing. Files that are wrong change nothing either; they are told, and heads go on as before.
/// </remarks>
internal sealed class OriginTrust : IDisposable
{
    /// <summary>How often the files are looked at.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    /// <summary>How long before a root expires its owners are told.</summary>
    private static readonly TimeSpan ExpiryNotice = TimeSpan.FromDays(90);

    private readonly string _directory;
    private readonly ILogger _logger;
    private readonly List<FileHeadSigner> _signers = []; // the old ones too: a head may be on its way
    private byte[] _signedWith = [];
    private string? _lastFault;

    private OriginTrust(string directory, RealmTrust trust, FileHeadSigner signer, ILogger logger)
    {
        (_directory, _logger) = (directory, logger);
        _signers.Add(signer);
        Cell = new TrustCell(trust);
        Issuer = new HeadIssuer(trust.Roots.Anchor, trust.Roots.Version, signer) { Epochs = trust.Epochs };
    }

    /// <summary>What is trusted; the hub hands it out.</summary>
    public TrustCell Cell { get; }

    /// <summary>What heads are signed with.</summary>
    public HeadIssuer Issuer { get; }

    private string TrustPath => Path.Combine(_directory, RealmKeys.TrustFileName);

    /// <summary>Reads the trust file and the head key. Where no key fits the newest root, the newest that one fits.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The trust file is none.</exception>
    /// <exception cref="CryptographicException">No key fits any root.</exception>
    public static OriginTrust Open(string directory, ILogger logger)
    {
        var told = TrustFile.LoadTrust(Path.Combine(directory, RealmKeys.TrustFileName));
        var (trust, signer) = Fitting(directory, told, atLeast: 1, out var fault) ?? throw fault!;
        var opened = new OriginTrust(directory, trust, signer, logger);
        if (trust.Roots.Version < told.Roots.Version) opened.Tell($"no head key here is named by root version {told.Roots.Version}, which is in it.");
        return opened;
    }

    /// <summary>Looks at the files until cancelled, and switches when they have changed.</summary>
    /// <param name="issueHead">Lets a head be signed at once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action issueHead, TimeProvider time, CancellationToken cancellationToken)
    {
        TellExpiry(time.GetUtcNow());
        while (true)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            if (!Look()) continue;
            issueHead();
            TellExpiry(time.GetUtcNow());
        }
    }

    /// <summary>Reads the files, and takes what is newer and right.</summary>
    /// <returns>Whether the key or the root has changed.</returns>
    public bool Look()
    {
        try
        {
            var files = SHA256.HashData([.. KeyPaths(_directory).Append(TrustPath).Where(File.Exists).SelectMany(path => SHA256.HashData(File.ReadAllBytes(path)))]);
            if (files.AsSpan().SequenceEqual(_signedWith)) return false;
            var isChanged = Take();
            _signedWith = files;
            return isChanged;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            Tell(exception.Message); // perhaps in the middle of being written; the next look finds it whole
            return false;
        }
    }

    private bool Take()
    {
        var (held, told) = (Cell.Current, TrustFile.LoadTrust(TrustPath));
        if (told.Roots.LogId != held.Roots.LogId) throw new InvalidDataException("It is another realm's.");
        if (told.Roots.Version < held.Roots.Version) throw new InvalidDataException($"It ends at root version {told.Roots.Version}; version {held.Roots.Version} is held, and none is taken back.");
        for (var version = 1u; version <= held.Roots.Version; version++)
            if (!told.Roots.BytesOf(version).Span.SequenceEqual(held.Roots.BytesOf(version).Span)) throw new InvalidDataException($"Its root version {version} is another than the one that is held.");
        var (trust, signer) = Fitting(_directory, told, held.Roots.Version, out var fault) ?? throw fault!;
        _signers.Add(signer);
        if (trust.Roots.Version < told.Roots.Version) Tell($"no head key here is named by root version {told.Roots.Version}, which is in it.");
        else _lastFault = null;
        if (trust.Roots.Version == held.Roots.Version && signer.KeyId == Issuer.KeyId) return false;
        Cell.Adopt(held with { Roots = trust.Roots }); // to those below before the first head under it; a new epoch is taken at a start only, with the log
        Issuer.Switch(trust.Roots.Version, signer);
        _logger.KeyInUse(signer.KeyId, trust.Roots.Version);
        return true;
    }

    /// <summary>The newest root, of those from <paramref name="atLeast"/> on, that a key of the directory is a head key of.</summary>
    private static (RealmTrust Trust, FileHeadSigner Signer)? Fitting(string directory, RealmTrust told, uint atLeast, out Exception? fault)
    {
        fault = null;
        for (var version = told.Roots.Version; version >= atLeast; version--)
            foreach (var path in KeyPaths(directory).Where(File.Exists))
            {
                try
                {
                    return (told with { Roots = UpTo(told.Roots, version) }, FileHeadSigner.Load(path, told.Roots.Find(version)!));
                }
                catch (CryptographicException exception)
                {
                    fault ??= exception;
                }
            }
        fault ??= new IOException($"{Path.Combine(directory, RealmKeys.HeadKeyFileName)} is not there: put the origin's head key back.");
        return null;
    }

    /// <summary>The next key before the present one: it waits for a root that names it.</summary>
    private static IEnumerable<string> KeyPaths(string directory) => [Path.Combine(directory, RealmKeys.NextHeadKeyFileName), Path.Combine(directory, RealmKeys.HeadKeyFileName)];

    private static RootChain UpTo(RootChain roots, uint version) =>
        roots.Later.Take((int)version - 1).Aggregate(RootChain.From(roots.Anchor), (chain, root) => chain.Extend(root.Bytes).Value!);

    private void Tell(string fault)
    {
        if (fault == _lastFault) return;
        _logger.TrustNotTaken(TrustPath, _lastFault = fault, Issuer.KeyId, Issuer.RootVersion);
    }

    private void TellExpiry(DateTimeOffset now)
    {
        if (Cell.Current.Roots is { ExpiresAt: { } expires } roots && expires - now < ExpiryNotice) _logger.RootExpires(roots.Version, expires);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signer in _signers) signer.Dispose();
    }
}
