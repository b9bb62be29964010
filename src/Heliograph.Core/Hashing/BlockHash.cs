// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Heliograph.Core.Hashing;

/// <summary>OpenSSL's SHA-256 on a context of the caller's (SHA256_Init(3)), found once: no allocation, no look-up, no error queue for each digest.</summary>
/// <remarks>
/// Used where libcrypto 3 is there with all three functions, gives the right digest for the standard's own example, and is not bound to a FIPS provider, which these functions would pass by.
/// Pure computation on the caller's memory: the core stays without I/O.
/// </remarks>
internal static unsafe class BlockHash
{
    private const string Library = "libcrypto.so.3";

    private static readonly delegate* unmanaged[SuppressGCTransition]<Context*, int> s_begin;
    private static readonly delegate* unmanaged[SuppressGCTransition]<Context*, byte*, nuint, int> s_append;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, Context*, int> s_end;

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1810", Justification = "All or none of the functions.")]
    static BlockHash()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out var library)) return;
        if (!NativeLibrary.TryGetExport(library, "SHA256_Init", out var begin)
            || !NativeLibrary.TryGetExport(library, "SHA256_Update", out var append)
            || !NativeLibrary.TryGetExport(library, "SHA256_Final", out var end)
            || !NativeLibrary.TryGetExport(library, "EVP_default_properties_is_fips_enabled", out var isFips)
            || ((delegate* unmanaged<nint, int>)isFips)(0) != 0) return;
        s_begin = (delegate* unmanaged[SuppressGCTransition]<Context*, int>)begin;
        s_append = (delegate* unmanaged[SuppressGCTransition]<Context*, byte*, nuint, int>)append;
        s_end = (delegate* unmanaged[SuppressGCTransition]<byte*, Context*, int>)end;
        IsSupported = IsRight();
    }

    /// <summary>Whether the functions are there.</summary>
    public static bool IsSupported { get; }

    /// <summary>Begins a digest.</summary>
    public static void Begin(Context* context) => s_begin(context);

    /// <summary>Adds bytes. Few at a time: a collection of garbage waits for the call.</summary>
    public static void Append(Context* context, byte* bytes, int count) => s_append(context, bytes, (nuint)count);

    /// <summary>Writes the digest, 32 bytes.</summary>
    public static void End(Context* context, byte* digest) => s_end(digest, context);

    /// <summary>The example of FIPS 180-4 with one block, "abc", in two pieces.</summary>
    private static bool IsRight()
    {
        Context context;
        var digest = stackalloc byte[Hash256.SizeBytes];
        fixed (byte* text = "abc"u8)
        {
            var isDone = s_begin(&context) == 1 && s_append(&context, text, 1) == 1 && s_append(&context, text + 1, 2) == 1 && s_end(digest, &context) == 1;
            return isDone && Convert.ToHexStringLower(new ReadOnlySpan<byte>(digest, Hash256.SizeBytes)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        }
    }

    /// <summary>OpenSSL's SHA256_CTX: 112 bytes in all of OpenSSL 3, with room to spare.</summary>
    [InlineArray(24)]
    internal struct Context
    {
        private ulong _word;
    }
}
