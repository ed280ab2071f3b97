/* The one function of bcryptprimitives.dll that a Go program needs and wine 8 does not have. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n)
{
	return SystemFunction036(p, n);
}
