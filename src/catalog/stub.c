#include "catalog/hardware.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
void catalog_cpu_find(const struct cpu_query *q, struct cpu_facts *f){ memset(f,0,sizeof *f); f->basis=BASIS_ASSUMED; strcpy(f->source,"stub"); f->tdp_watts=10; f->host_share=1;f->idle_watts=1.2;f->full_watts=10.2;f->curve.count=4; double l[]={0,.1,.5,1},s[]={0,.22,.7,1}; memcpy(f->curve.load_ratio,l,sizeof l);memcpy(f->curve.shape,s,sizeof s); f->band_ratio=1; (void)q;}
void catalog_gpu_find(const char*n,uint64_t b,struct gpu_facts*f){(void)n;(void)b;memset(f,0,sizeof*f);f->basis=BASIS_ASSUMED;f->board_watts=300;f->idle_watts=30;f->band_ratio=1;f->devices=1;f->memory_gib=NAN;strcpy(f->source,"stub");}
bool catalog_gpu_find_pci(unsigned a,unsigned b,const char**m){(void)a;(void)b;(void)m;return false;}
void catalog_memory_find(uint64_t b,bool a,struct memory_facts*f){(void)a;f->idle_watts=.2*(double)b/1e9;f->active_watts=.37*(double)b/1e9;f->band_ratio=.8;strcpy(f->source,"stub");}
bool catalog_embodied_find(enum device_kind k,const char*m,uint64_t b,double h,struct embodied_facts*f){(void)k;(void)m;(void)b;(void)h;(void)f;return false;}
