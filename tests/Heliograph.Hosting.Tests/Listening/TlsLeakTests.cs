// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Heliograph.Platform.Net.Tls;
using Heliograph.Platform.Pki;
using static Heliograph.Hosting.Tests.Listening.TlsPeers;

namespace Heliograph.Hosting.Tests.Listening;

/// <summary>What the runtime does not collect by itself: descriptors and OpenSSL's memory. Alone in the process, for it counts the process's.</summary>
[SupportedOSPlatform("linux")]
[Collection(AloneInTheProcess.Name)]
public sealed class TlsLeakTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_left_of_two_thousand_peers_however_they_went()
    {
        SkipWithoutOpenSsl();
        await using var tier = await new TestTier().StartAsync("tls://127.0.0.1:0");
        using var agent = tier.Authority.Issue(SpiffeId.Agent("shop", "host-1"));
        using var stranger = TestCertificates.SelfSigned(TestTier.Start, "spiffe://shop/agent/host-1");
        var hello = await HelloAsync(tier);
        await ComeAndGoAsync(400);
        var (descriptors, native) = (Descriptors(), AllocatedBytes());
        await ComeAndGoAsync(2_000);

        Assert.Equal(0, ConnectionHandle.Count);
        Assert.InRange(Descriptors(), 0, descriptors + 16);
        Assert.InRange(AllocatedBytes() - native, long.MinValue, 4 << 20); // the clients' and the runtime's share wavers by 3 MB; OpenSSL's part of the 400 peers of one kind is more than 4

        async Task ComeAndGoAsync(int count)
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (index, _) =>
            {
                await using var peer = await ConnectAsync(tier);
                switch (index % 5)
                {
                    case 0: // served, and gone without a word
                        await using (await HandshakeAsync(tier, peer, index % 2 == 0 ? agent : null)) break;
                    case 1: // reset in the middle
                        await peer.WriteAsync(hello, Cancel);
                        peer.Socket.Close(0);
                        break;
                    case 2: // nonsense behind the hello
                        await peer.WriteAsync((byte[])[.. hello, .. new byte[64]], Cancel);
                        await ReadToEndAsync(peer);
                        break;
                    case 3: // turned away
                        await Assert.ThrowsAnyAsync<Exception>(async () =>
                        {
                            await using var refused = await HandshakeAsync(tier, peer, stranger);
                            if (await refused.ReadAsync(new byte[1], Cancel) == 0) throw new IOException("closed");
                        });
                        break;
                    default: // half a hello
                        await peer.WriteAsync(hello.AsMemory(0, 50), Cancel);
                        break;
                }
            });
            for (var (i, quiet) = (0, 0); i < 500 && quiet < 5; i++) // some are only now read from
            {
                while (!tier.Acceptor.IsEmpty) (await tier.Acceptor.NextAsync()).Done.SetResult();
                await Task.Delay(20, Cancel);
                quiet = ConnectionHandle.Count == 0 ? quiet + 1 : 0;
            }
            for (var i = 0; i < 2; i++) // certificates of chains, and what they hold
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
    }

    private static int Descriptors() => System.IO.Directory.GetFileSystemEntries("/proc/self/fd").Length;

    /// <summary>Bytes that the process has from malloc and has not given back; the runtime's own heap is not among them.</summary>
    private static long AllocatedBytes()
    {
        var figures = mallinfo2();
        return (long)(figures.InUse + figures.Mapped);
    }

    [DllImport("libc", ExactSpelling = true)]
    private static extern MallInfo mallinfo2();

    /// <summary>struct mallinfo2 of glibc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MallInfo
    {
        public nuint Arena, FreeChunks, FastChunks, Mappings, Mapped, Unused, FastBytes, InUse, Free, Releasable;
    }
}

/// <summary>Tests that run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = "alone in the process";
}
