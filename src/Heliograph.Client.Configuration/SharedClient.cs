// SPDX-License-Identifier: Apache-2.0

namespace Heliograph.Client.Configuration;

/// <summary>The one client of a configuration source, however often .NET builds providers from it: begun for the first, ended with the last.</summary>
/// <remarks>Thread-safe. A <c>ConfigurationManager</c> builds new providers before it disposes the old ones; the connection outlives that.</remarks>
/// <param name="make">Makes the client.</param>
/// <param name="ended">Is called after it has ended.</param>
internal sealed class SharedClient(Func<HeliographClient> make, Action? ended = null)
{
    private readonly Lock _sync = new();
    private HeliographClient? _client;
    private int _holders;

    /// <summary>The client, started. Blocks for the start-up wait at most: .NET loads configuration synchronously.</summary>
    /// <param name="prepare">Is called with the client before it is started.</param>
    public HeliographClient Acquire(Action<HeliographClient> prepare)
    {
        lock (_sync)
        {
            if (_client is { } running)
            {
                _holders++;
                prepare(running);
                return running;
            }
            var client = make();
            prepare(client);
            try
            {
                Task.Run(() => client.StartAsync()).GetAwaiter().GetResult(); // on the pool, whatever context the caller has: it cannot deadlock
            }
            catch
            {
                End(client);
                throw;
            }
            (_client, _holders) = (client, 1);
            return client;
        }
    }

    /// <summary>One holder less.</summary>
    public void Release()
    {
        HeliographClient? last;
        lock (_sync)
        {
            if (--_holders > 0) return;
            (last, _client) = (_client, null);
        }
        if (last is null) return;
        End(last);
        ended?.Invoke();
    }

    private static void End(HeliographClient client) => Task.Run(async () => await client.DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
}
