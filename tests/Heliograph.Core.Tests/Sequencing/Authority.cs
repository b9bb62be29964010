// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using Google.Protobuf;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Core.Tests.Sequencing;

/// <summary>A sequencer with everything around it, for one test.</summary>
internal sealed class Authority : IAsyncDisposable
{
    public static readonly NamespaceName Shop = NamespaceName.Parse("shop");

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="anchor">The realm, where a test needs a certain log id; its heads are then signed by a key that the anchor does not name.</param>
    public Authority(TrustAnchor? anchor = null)
    {
        var root = new TrustRoot { Format = 1, RootVersion = 1, Realm = "test", Nonce = ByteString.CopyFrom(new byte[16]) };
        root.HeadKeys.Add(new HeadKey { KeyId = "k1", Algorithm = 1, PublicKey = ByteString.CopyFrom(_key.ExportSubjectPublicKeyInfo()) });
        Anchor = anchor ?? TrustAnchor.Seal(root);
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    }

    public ScriptedLogStore Store { get; } = new();

    public MemoryMark Mark { get; } = new();

    public FakeTimeProvider Time { get; }

    public TrustAnchor Anchor { get; }

    public SequencerOptions Options { get; } = new();

    public Sequencer Sequencer { get; private set; } = null!;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<Sequencer> StartAsync() =>
        Sequencer = await Sequencer.StartAsync(Store, new Signer(_key), Mark, Anchor, Options, Time, Cancel);

    /// <summary>Starts, and creates the namespace <c>shop</c>.</summary>
    public async Task<Sequencer> OpenShopAsync()
    {
        await StartAsync();
        Assert.IsType<SubmitResult.Committed>(await Sequencer.SubmitAsync(new Submission.Create(Shop, "", "ann", "create-shop"), Cancel));
        return Sequencer;
    }

    public Task<SubmitResult> PutAsync(string key, string value, string id, Precondition? precondition = null, Revision? expected = null) =>
        Sequencer.SubmitAsync(Put(key, value, id, precondition, expected), Cancel);

    public static Submission.Change Put(string key, string value, string id, Precondition? precondition = null, Revision? expected = null) =>
        new(new Changeset(Shop, [new SettingOperation.Put(Setting.Of(key, value), precondition)], "", expected), "ann", id);

    public string? Value(string key) => Sequencer.Current.State.Find(Shop)?.Find(SettingKey.Create(key))?.Value;

    /// <summary>Checks what must always hold: the head is signed, is about the state, and the mark is not behind it.</summary>
    public void CheckHead()
    {
        using var verifier = new HeadVerifier(Anchor);
        var (state, head) = Sequencer.Current;
        Assert.NotNull(head);
        Assert.True(verifier.IsSigned(head));
        Assert.Equal(state.Revision, head.Revision);
        Assert.Equal(state.Tip.Hash, head.EntryHash);
        Assert.Equal(state.Directory.Root, head.DirectoryRoot);
        Assert.False(Mark.Tip.Revision.IsBefore(head.Revision));
    }

    public async ValueTask DisposeAsync()
    {
        if (Sequencer is not null) await Sequencer.DisposeAsync();
        _key.Dispose();
    }

    private sealed class Signer(ECDsa key) : IHeadSigner
    {
        public string KeyId => "k1";

        public byte[] Sign(ReadOnlySpan<byte> data)
        {
            lock (key) return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }
}

/// <summary>A high-water mark in memory.</summary>
internal sealed class MemoryMark : IHighWaterMark
{
    public LogTip Tip { get; set; } = LogTip.Empty;

    public Exception? ReadFault { get; set; }

    public Exception? AdvanceFault { get; set; }

    public ValueTask<LogTip> ReadAsync(CancellationToken cancellationToken) => ReadFault is { } fault ? throw fault : new(Tip);

    public ValueTask AdvanceAsync(LogTip tip, CancellationToken cancellationToken)
    {
        if (AdvanceFault is { } fault) throw fault;
        if (tip.Revision.IsBefore(Tip.Revision)) throw new ArgumentException("The mark never falls.");
        Tip = tip;
        return ValueTask.CompletedTask;
    }
}
